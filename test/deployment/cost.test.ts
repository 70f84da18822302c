import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { measured, prices, sizes } from "../../scripts/cost-inputs.ts";
import { measure } from "../../scripts/cost-measure.ts";
import { costOf, DEPLOYMENT, renderCost, withCost } from "../../scripts/cost.ts";
import { readQueries } from "../../scripts/queries.ts";

describe("the cost table", () => {
  it("is up to date (npm run cost:docs)", async () => {
    const text = await readFile(DEPLOYMENT, "utf8");
    expect(withCost(text)).toBe(text);
    expect(withCost(text.replace("**sum**", "**total**"))).not.toBe(text.replace("**sum**", "**total**"));
    expect(() => withCost("no markers")).toThrow("cost:begin");
  });

  it("adds up, and grows with the number of routes", () => {
    const costs = sizes.map(costOf);
    for (const { runSeconds, total, ...parts } of costs) {
      expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(total);
      expect(runSeconds).toBeGreaterThan(0);
    }
    expect(costs.map(({ total }) => total)).toEqual(
      costs.map(({ total }) => total).toSorted((one, other) => one - other),
    );
    // Worked out by hand: 730 runs of 1000 s on 2 GB.
    const routes = (1000 - 2) / ((measured.apiCalls * 3) / 2 + measured.cpuSeconds);
    const { executions } = costOf({ name: "", routes, memoryGB: 2, throughputUnits: 1 });
    expect(executions).toBeCloseTo(730 * (2000 * 0.000026 + 0.0000004));
  });

  it("says where its figures come from", () => {
    for (const part of [prices.collectedOn, measured.on, "list prices for US regions", "Assumed"])
      expect(renderCost()).toContain(part);
  });

  it("has the prices that the query has", async () => {
    const query = (await readQueries()).find(({ file }) => file === "what-does-it-cost.kql")?.text ?? "";
    const constants = Object.fromEntries(
      [...query.matchAll(/^let (\w+) = ([\d.]+);$/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    expect(constants).toEqual({
      memoryGB: sizes[0]?.memoryGB,
      throughputUnits: 1,
      usdPerGBSecond: prices.gbSecond,
      usdPerMillionExecutions: prices.millionExecutions,
      usdPerThroughputUnitHour: prices.throughputUnitHour,
      usdPerMillionEvents: prices.millionEvents,
      usdPerGBLogs: prices.gbLogs,
      usdPer10000TableOperations: prices.tenThousandTableOperations,
      storageCallsPerRoute: measured.storageCalls,
    });
  });
});

describe("the measured figures", () => {
  it("are what a run takes today", { timeout: 120_000 }, async () => {
    const routes = 4;
    const use = await measure(routes);
    expect(use.outcomes).toEqual(["caught-up"]);
    expect(use.residentMB).toBeLessThan(1.33 * measured.residentMB);
    const ratio = (value: number, stated: number): number => value / routes / stated;
    // The routes of the measurement share the feeds of the demo unevenly, and few routes share a login.
    for (const found of [
      ratio(use.apiCalls, measured.apiCalls),
      ratio(use.storageCalls, measured.storageCalls),
      ratio(use.logBytes, measured.logBytes),
      ratio(use.delivered, measured.records),
    ]) {
      expect(found).toBeGreaterThan(0.75);
      expect(found).toBeLessThan(1.33);
    }
  });
});
