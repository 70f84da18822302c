// The alert rules as they come to be: one for each thing that needs a person, with values that the service knows.
import { describe, expect, it } from "vitest";
import { queryProblems } from "../../dev/terraform/check-queries.ts";
import { valueAt } from "../../dev/terraform/check-security.ts";
import type { PlannedResource } from "../../dev/terraform/plan.ts";
import { textOf, type ValueObject } from "../../dev/terraform/values.ts";
import { summaryLine } from "../../src/telemetry/run-summary.ts";
import { complaints as kustoComplaints } from "../queries/kusto.ts";
import { files, planRoot, read, summaryFields } from "./infra-files.ts";

async function rules(more: ValueObject = {}): Promise<readonly PlannedResource[]> {
  const { resources } = planRoot(await read(files), more);
  return resources.filter(({ type }) => type === "azurerm_monitor_scheduled_query_rules_alert_v2");
}

/** From the provider's documentation. */
const WINDOWS = ["PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D", "P2D"];

describe("the alert rules", () => {
  it("are there for a failed run, no run, a lag, dead letters and throttling", async () => {
    const names = (await rules()).map(({ address }) => /\["(.*)"\]$/.exec(address)?.[1]);
    expect(new Set(names)).toEqual(new Set(["api-throttled", "dead-letters", "no-run", "run-failed", "watermark-lag"]));
  });

  it("look back further than they are apart, over spans that the service knows, and tell somebody", async () => {
    for (const { address, values } of await rules()) {
      expect(values["evaluation_frequency"], address).toBe("PT15M");
      expect(WINDOWS, address).toContain(values["window_duration"]);
      expect(valueAt(values["action"], "0.action_groups.0"), address).toBeDefined();
      expect(valueAt(values["scopes"], "0"), address).toBeDefined();
    }
  });

  it("take their limits from the variables", async () => {
    const chosen = await rules({ watermark_lag_minutes: 90, no_run_window: "PT6H", alerts_enabled: false });
    const rule = (name: string): ValueObject => chosen.find(({ address }) => address.includes(name))?.values ?? {};
    expect(valueAt(rule("watermark-lag"), "criteria.0.threshold")).toBe(90);
    expect(rule("no-run")["window_duration"]).toBe("PT6H");
    expect(chosen.filter(({ values }) => values["enabled"] !== false)).toEqual([]);
  });

  it("count rows of one route apart from those of another, except where there is no route", async () => {
    const byRoute = (await rules()).map(({ address, values }) => [
      /\["(.*)"\]$/.exec(address)?.[1],
      valueAt(values["criteria"], "0.dimension.0.name"),
    ]);
    expect(Object.fromEntries(byRoute)).toEqual({
      "api-throttled": "Route",
      "dead-letters": "Route",
      "no-run": undefined,
      "run-failed": "Route",
      "watermark-lag": "Route",
    });
  });

  it("find the summary by the text it starts with, and its JSON where they cut", async () => {
    const line = summaryLine({ outcome: "blocked" });
    const reading = [...files].filter(([path, text]) => path.endsWith(".kql") && text.includes("AppTraces"));
    expect(reading.length).toBeGreaterThan(0);
    for (const [path, text] of reading) {
      const [, start = ""] = /startswith "(.*)"/.exec(text) ?? [];
      const [, cut = ""] = /substring\(Message, (\d+)\)/.exec(text) ?? [];
      expect(line.startsWith(start), path).toBe(true);
      expect(JSON.parse(line.slice(Number(cut))), path).toEqual({ outcome: "blocked" });
    }
  });

  it("send to those who are named, by e-mail and webhook", async () => {
    const more = { alert_email_addresses: ["a@example.com"], alert_webhook_urls: { pager: "https://p.example.com" } };
    const { resources } = planRoot(await read(files), more);
    const group = resources.find(({ type }) => type === "azurerm_monitor_action_group");
    expect(textOf(valueAt(group?.values, "short_name")).length).toBeLessThanOrEqual(12);
    expect(valueAt(group?.values, "email_receiver.0.email_address")).toBe("a@example.com");
    expect(valueAt(group?.values, "webhook_receiver.0")).toEqual({
      name: "pager",
      service_uri: "https://p.example.com",
      use_common_alert_schema: true,
    });
  });
});

describe("the queries of the alert rules", () => {
  const queries = [...files].filter(([path]) => path.endsWith(".kql"));

  it.each(queries)("%s is one that Microsoft's own parser takes", (_, text) => {
    expect(queries.length).toBe(5);
    expect(kustoComplaints(text)).toEqual([]);
  });

  it("would not pass with a column that no table has", () => {
    const text = files.get("modules/alerts/queries/no-run.kql") ?? "";
    expect(kustoComplaints(text.replace("OperationName", "Operation"))).not.toEqual([]);
  });
});

describe("the check of a query", () => {
  it("finds a bracket in a text harmless, and one outside of it not", () => {
    expect(queryProblems('AppTraces\n| where Message startswith "Microshare {"', summaryFields())).toEqual([]);
    expect(queryProblems("AppTraces\n| where Message in ('a')]", summaryFields())).toEqual(["brackets do not match"]);
  });

  it("wants a table", () => {
    expect(queryProblems("print 1", summaryFields())).toEqual(["it reads no table"]);
  });
});
