import { describe, expect, it } from "vitest";
import type { RuleSettings } from "../../../src/config/settings.ts";
import { pathCompiler, type JSONValue, type RulePath } from "../../../src/notify/rules/rule-path.ts";
import { ruleWatch } from "../../../src/notify/rules/rule-watch.ts";
import type { FeedRecord } from "../../../src/pipeline/records.ts";
import { fc } from "../../fast-check.ts";

const compile = await pathCompiler();
const SIGNS = "$ . [ ] * ? @ ' \" ( ) & | ! < > = : , - 0 a { } \\ ..".split(" ");
const ROUTE = { name: "rooms@event-hub", feed: "rooms" };
const TIME = Date.UTC(2025, 2, 4, 8);

function selectOf(path: string): RulePath {
  const compiled = compile(path);
  if (compiled.kind === "invalid") throw new Error(compiled.problem);
  return compiled.select;
}

function record(value: unknown, change: Partial<FeedRecord> = {}): FeedRecord {
  const body = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  return {
    recType: "io.example",
    key: "k",
    version: "v",
    eventId: "0".repeat(32),
    time: TIME,
    device: "room 12",
    body,
    ...change,
  };
}

const plain = { name: "hot", path: "$.data.temperature", comparison: ">", threshold: 30 } as const;

function watchOf(
  changes: readonly Partial<RuleSettings>[],
  options: { mostMs?: number; monotonicNow?: () => number } = {},
) {
  const rules = changes.map((change, index): RuleSettings => ({
    ...plain,
    name: `rule ${index}`,
    coolDownMs: 3_600_000,
    to: ["ops@example.com"],
    template: "{value}",
    ...change,
  }));
  return ruleWatch({
    rules: rules.map((settings) => ({ settings, select: selectOf(settings.path) })),
    routes: new Set([ROUTE.name]),
    mostMs: 60_000,
    monotonicNow: () => performance.now(),
    ...options,
  });
}

function matchesOf(change: Partial<RuleSettings>, values: readonly unknown[]): number {
  const watch = watchOf([change]);
  watch.onDelivered(
    ROUTE,
    values.map((value) => record(value)),
  );
  return watch.result().matches[0]?.matches ?? 0;
}

const temperatures = [29, 30, 31, "31", null, true, [31]].map((temperature) => ({ data: { temperature } }));

describe("a rule", () => {
  it.each([
    [">", 30, 1],
    [">=", 30, 2],
    ["<", 30, 1],
    ["<=", 30, 2],
    ["==", 30, 1],
    ["==", "31", 1],
    ["==", null, 1],
    ["==", true, 1],
    ["!=", 30, 6],
    [">", "30", 1],
  ] as const)("holds values of its threshold's kind against it: %s %s", (comparison, threshold, matches) => {
    // A record without the value matches no comparison.
    expect(matchesOf({ comparison, threshold }, [...temperatures, { data: {} }, 7])).toBe(matches);
  });

  it("tells what is there from what is not", () => {
    const values = [{ data: { temperature: null } }, { data: {} }];
    expect(matchesOf({ comparison: "exists" }, values)).toBe(1);
    expect(matchesOf({ comparison: "absent" }, values)).toBe(1);
  });

  it("is satisfied by any of several values", () => {
    const values = [{ data: [{ t: 20 }, { t: 40 }] }, { data: [{ t: 20 }] }, { data: [] }];
    expect(matchesOf({ path: "$.data[*].t" }, values)).toBe(1);
    expect(matchesOf({ path: "$..t" }, values)).toBe(1);
    expect(matchesOf({ path: "$.data[?@.t > 30].t", comparison: "exists" }, values)).toBe(1);
  });

  it("counts each match of its feed, and fills in the template for the first", () => {
    const watch = watchOf([
      { feed: "rooms", template: "{rule}: {value} above {threshold} at {device} of {feed}, {time} {no}" },
      { feed: "doors" },
      { feed: "rooms", threshold: 99 },
    ]);
    watch.onDelivered(ROUTE, [record({ data: { temperature: 31 } }), record({ data: { temperature: 32 } })]);
    watch.onDelivered(ROUTE, [record({ data: { temperature: 33 } })]);
    expect(watch.result()).toEqual({
      matches: [
        {
          rule: "rule 0",
          matches: 3,
          example: "rule 0: 31 above 30 at room 12 of rooms, 2025-03-04T08:00:00.000Z {no}",
          coolDownMs: 3_600_000,
          to: ["ops@example.com"],
        },
      ],
      passedOver: 0,
    });
  });

  it("counts a record once that goes to several sinks", () => {
    const watch = watchOf([{}]);
    for (const name of [ROUTE.name, "rooms@copy"])
      watch.onDelivered({ ...ROUTE, name }, [record({ data: { temperature: 31 } })]);
    expect(watch.result().matches).toMatchObject([{ matches: 1 }]);
  });

  it("shows a value short and on one line", () => {
    const watch = watchOf([{ comparison: "exists" }]);
    watch.onDelivered(ROUTE, [record({ data: { temperature: `a\r\nb${"c".repeat(1000)}` } })]);
    const [match] = watch.result().matches;
    expect(match?.example).toMatch(/^a bc+\.\.\.$/);
    expect(match?.example.length).toBeLessThan(120);
  });

  it("passes over records that are no JSON, too large or too deep, and counts them", () => {
    const watch = watchOf([{ path: "$..x", comparison: "exists" }]);
    const deep = `${'{"a":'.repeat(500)}1${"}".repeat(500)}`;
    watch.onDelivered(
      ROUTE,
      ["no json", JSON.stringify("y".repeat(300_000)), deep, { x: 1 }].map((one) => record(one)),
    );
    expect(watch.result()).toMatchObject({ matches: [{ matches: 1 }], passedOver: 3 });
  });

  it("stops when its time in a run is over", () => {
    let now = 0;
    const watch = watchOf([{}], { mostMs: 5, monotonicNow: () => (now += 1) });
    const records = Array.from({ length: 20 }, () => record({ data: { temperature: 31 } }));
    watch.onDelivered(ROUTE, records);
    watch.onDelivered(ROUTE, records);
    const { matches, passedOver } = watch.result();
    expect(matches[0]?.matches).toBeLessThan(10);
    expect((matches[0]?.matches ?? 0) + passedOver).toBe(40);
  });
});

describe("the path of a rule", () => {
  it.each([
    ["$.a[", "is not a JSONPath"],
    ["$..a..b", "descends"],
    ["$[*][*][*][*]", "more than 3"],
    ["$.a[?@.b == $.c]", "root"],
    ["$.a[?match(@.b, '(a+)+$')]", "match or search"],
    ["$.a[?search (@.b, 'x')]", "match or search"],
    ["$.a[?nonsense(@.b)]", "is not a JSONPath"],
  ])("is refused when it is wrong or may cost too much: %s", (path, problem) => {
    expect(compile(path)).toEqual({ kind: "invalid", problem: expect.stringContaining(problem) });
  });

  it.each(["$.a", "$['a..b']['$']", '$["*"]["?"]["match("]', "$..a", "$.a[*].b[0:2]", "$.a[?length(@.b) > 2].c", "$"])(
    "is taken when it is right: %s",
    (path) => {
      expect(compile(path).kind).toBe("valid");
    },
  );

  it("never throws, whatever is written", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: fc.constantFrom(...SIGNS) }), (text) => {
        const compiled = compile(`$${text}`);
        const values = compiled.kind === "valid" ? compiled.select({ a: [{ a: 1 }, "a"] }, 10) : [];
        expect(values.length).toBeLessThanOrEqual(10);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes work in proportion to the record, for all that the limits let through", () => {
    const size = (count: number): JSONValue => ({
      a: Array.from({ length: count }, (_, index) => ({ b: [index, { c: index }] })),
    });
    for (const path of ["$..[?@.b[*]]", "$.a[?@..c]", "$..*", "$.a[*].b[*]", "$.a[?@.b[?@.c]]"]) {
      const select = selectOf(path);
      const started = performance.now();
      select(size(2000), 1_000_000);
      // Some 10,000 values; work that grows with their square would take minutes.
      expect(performance.now() - started, path).toBeLessThan(2000);
    }
  });
});
