import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { parseQuery, readQueries, type Query } from "../../scripts/queries.ts";
import { workbookOf, WORKBOOK } from "../../scripts/workbook.ts";
import { settingNames } from "../../src/config/settings-table.ts";
import { LATENESS_BOUNDS_MS } from "../../src/pipeline/lateness.ts";
import { faultsIn, pathsIn } from "./kql.ts";
import { metrics } from "./known-names.ts";
import { fieldsOfSummaries, lineWithoutRoute, outcomes } from "./summaries.ts";

const queries = await readQueries();
const byFile = new Map(queries.map((query) => [query.file, query]));
const textOf = (file: string): string => byFile.get(file)?.text ?? "";
const onSummaries = queries.filter(({ text }) => text.includes("Microshare {"));
const fields = fieldsOfSummaries();
/** Paths of the summary that no run writes. */
const unknownFields = (text: string): readonly string[] => {
  const found = [...pathsIn(text, "run"), ...pathsIn(text, "failure").map((path) => `error.${path}`)];
  return found.filter((path) => !fields.has(path));
};

describe("the queries", () => {
  it("answer what an operator asks", () => {
    const asked = ["is-it-running", "what-is-late", "what-failed", "how-much", "silent-devices", "what-does-it-cost"];
    expect([...byFile.keys()]).toEqual(expect.arrayContaining(asked.map((name) => `${name}.kql`)));
  });

  it.each(queries)("can be read and name only what exists: $file", ({ text }) => {
    expect(faultsIn(text)).toEqual([]);
  });

  it("are not called sound when they are not", () => {
    const sound = textOf("how-much.kql");
    const broken: readonly (readonly [string, string])[] = [
      [sound.replace("where Message", "where Mesage"), "no such name: Mesage"],
      [sound.replace("parse_json(", "parsejson2("), "no such function: parsejson2"],
      [sound.replace("| summarize", "| sumarize"), "no operator behind a pipe: sumarize"],
      [sound.replace("11))", "11)"), ") is missing at the end"],
      [sound.replace("| where isnotempty", "| | where isnotempty"), "a pipe behind |"],
      [sound.replace("AppTraces", "AppTrace"), "no such name: AppTrace"],
      [sound.replace("TimeGenerated", "DurationMs"), "no such name: DurationMs"],
      [textOf("what-failed.kql").replace(";\nlet", "\nlet"), "a let without a ; before it"],
      [textOf("silent-devices.kql").replace("data['time']", "data.time"), ".time must be written ['time']"],
    ];
    for (const [text, fault] of broken) expect(faultsIn(text)).toContain(fault);
  });

  it.each(onSummaries)("read members that a summary has: $file", ({ text }) => {
    expect(unknownFields(text)).toEqual([]);
    expect(text).toContain(`startswith "Microshare {"`);
    // What stands before the JSON is cut off.
    expect(text).toContain(`parse_json(substring(Message, ${"Microshare ".length}))`);
  });

  it("notice a member that no summary has", () => {
    expect(unknownFields(textOf("how-much.kql").replace("run.delivered", "run.sent"))).toEqual(["sent"]);
    expect(unknownFields(textOf("what-failed.kql").replace("failure.fix", "failure.hint"))).toEqual(["error.hint"]);
  });

  it("compare with outcomes that exist", () => {
    const compared = queries.flatMap(({ text }) =>
      [...text.matchAll(/[oO]utcome\)? == "([\w-]+)"/g)].map(([, name]) => name),
    );
    expect(compared.length).toBeGreaterThan(3);
    expect(compared.filter((name) => !outcomes.some((kind) => kind === name))).toEqual([]);
  });

  it("count on the line of a run that came to no route", async () => {
    const line = await lineWithoutRoute();
    expect(line).not.toHaveProperty("route");
    expect(line).toMatchObject({ outcome: "blocked", error: { code: "SETTINGS_INVALID" } });
    for (const file of ["is-it-running.kql", "what-failed.kql"])
      expect(textOf(file)).toContain("isempty(tostring(run.route))");
  });

  it("count late records from the bucket they name", () => {
    const from = Number(/array_slice\(run\.lateness, (\d+), -1\)/.exec(textOf("what-is-late.kql"))?.[1]);
    expect(LATENESS_BOUNDS_MS[from - 1]).toBe(6 * 3_600_000);
  });

  it("name metrics that the bridge has", () => {
    const named = queries.flatMap(({ text }) => [...text.matchAll(/"(bridge\.[\w.]+)"/g)].map(([, name = ""]) => name));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !metrics.includes(name))).toEqual([]);
  });

  it("leave the time range to the one who asks, but where they compare with now", () => {
    const own = queries.filter(({ text }) => /\bago\(|where TimeGenerated/.test(text)).map(({ file }) => file);
    expect(own).toEqual(["silent-devices.kql"]);
  });

  it("find the device where the platform writes it", async () => {
    const page = await readFile(new URL("../samples/share-page-details.json", import.meta.url), "utf8");
    const [record] = (JSON.parse(page) as { objs: { data: unknown; recType: unknown }[] }).objs;
    const paths = pathsIn(textOf("silent-devices.kql"), "data");
    const at = (path: string): unknown =>
      path.split(".").reduce<unknown>((value, name) => Object(value)[name], record?.data);
    expect(paths).toEqual(["meta.iot.device_id", "device.id", "meta.iot.time", "time"]);
    expect(paths.filter((path) => at(path) === undefined)).toEqual([]);
    expect(at("meta.iot.device_identifier")).toBeUndefined();
    expect(record?.recType).toBeDefined();
  });
});

describe("what the queries say of themselves", () => {
  const says = ({ shows, read, next }: Query): string => `${shows} ${read} ${next}`;

  it.each(queries)("is more than a word: $file", ({ title, shows, read, next }) => {
    for (const part of [shows, read, next]) expect(part).toMatch(/^\S.{30,}\.$/s);
    expect(title).toMatch(/^[A-Z][^.]*$/);
  });

  it("names settings, commands and other queries that exist", () => {
    const all = queries.map(says).join(" ");
    const names = [...all.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = ""]) => name);
    const codes = ["LATE_NEAR_LOOKBACK", "APPLICATIONINSIGHTS_CONNECTION_STRING"];
    expect(names.filter((name) => !settingNames.some((setting) => setting === name) && !codes.includes(name))).toEqual(
      [],
    );
    const scripts = [...all.matchAll(/`npm run ([\w:-]+)`/g)].map(([, name = ""]) => name);
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
    const titles = queries.map(({ title }) => title.replace("?", ""));
    for (const title of ["Executions", "Unexpected failures", "What failed", "Silent feeds", "Silent devices"])
      expect(titles).toContain(title);
  });

  it("must be there", () => {
    expect(() => parseQuery("x.kql", "// X\n// Chart: table\n// Shows: y.\nAppTraces")).toThrow('does not say "Read:"');
    expect(() => parseQuery("x.kql", "// X\n// Chart: cake\nAppTraces")).toThrow("no such chart: cake");
  });

  it("is in the README under the same title", async () => {
    const readme = await readFile(new URL("../../docs/queries/README.md", import.meta.url), "utf8");
    for (const { file, title } of queries) expect(readme).toContain(`| [${file}](${file}) | ${title} |`);
  });
});

interface Workbook {
  version: string;
  items: {
    type: number;
    name: string;
    content: { query?: string; timeContextFromParameter?: string; parameters?: { name: string }[] };
  }[];
}

describe("the workbook", () => {
  const made = workbookOf(queries);

  it("is up to date (npm run workbook)", async () => {
    const present: unknown = JSON.parse(await readFile(WORKBOOK, "utf8"));
    expect(present).toEqual(made);
    expect(present).not.toEqual(workbookOf(queries.slice(1)));
  });

  it("has a time range and one item for each query on the workspace", () => {
    const { version, items } = made as Workbook;
    expect(version).toBe("Notebook/1.0");
    expect(items.find(({ type }) => type === 9)?.content.parameters).toMatchObject([{ name: "TimeRange", type: 4 }]);
    const results = items.filter(({ type }) => type === 3);
    const shown = queries.filter(({ chart }) => chart !== "none");
    expect(results.map(({ content }) => content.query)).toEqual(shown.map(({ text }) => text));
    for (const { content } of results) expect(content.timeContextFromParameter).toBe("TimeRange");
    expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
  });

  it("holds nothing that a workbook would take for a parameter", () => {
    for (const { content } of (made as Workbook).items) expect(content.query ?? "").not.toMatch(/\{[^"]*\}/);
  });
});
