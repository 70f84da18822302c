import { describe, expect, it } from "vitest";
import { loadMail } from "../../src/config/load-settings.ts";
import { meanPeriodMs } from "../../src/config/schedule.ts";
import { linesOf, load, simple } from "./environments.ts";

const on = {
  NOTIFY: "on",
  NOTIFY_CONNECTION_STRING:
    "endpoint=https://acs-example.communication.azure.com/;accesskey=bWFpbCBrZXkgb2Ygbm9ib2R5IGF0IGFsbA==",
  NOTIFY_SENDER: "donotreply@example.com",
  NOTIFY_ALLOWED_RECIPIENTS: "ops@example.com, example.org",
};
const HOUR = 3_600_000;
const notices = (changes: Record<string, string | undefined>) => load({ ...on, ...changes }).notices;

describe("automatic notices", () => {
  it("are off without readers, and while e-mail is off", () => {
    expect(notices({})).toBeUndefined();
    expect(notices({ NOTIFY: "off", NOTIFY_TO: "ops@example.com" })).toBeUndefined();
  });

  it("have terms that suit hourly runs", () => {
    expect(notices({ NOTIFY_TO: "Ops@example.com, night@example.org,ops@example.com" })).toEqual({
      to: ["ops@example.com", "night@example.org"],
      afterFailures: 3,
      coolDownMs: 24 * HOUR,
      watermarkAgeMs: 6 * HOUR,
      quietMs: 24 * HOUR,
      rules: [],
      brokenRules: [],
    });
  });

  it("count quiet periods by the schedule, or not at all", () => {
    const to = { NOTIFY_TO: "ops@example.com" };
    expect(notices({ ...to, POLL_SCHEDULE: "0 */5 * * * *", NOTIFY_QUIET_PERIODS: "6" })?.quietMs).toBe(HOUR / 2);
    expect(notices({ ...to, NOTIFY_QUIET_PERIODS: "0" })).not.toHaveProperty("quietMs");
  });

  it.each([
    ["0 7 * * * *", HOUR],
    ["7 * * * *", HOUR],
    ["0 0,30 * * * *", HOUR / 2],
    ["0 0 6-17 * * *", 2 * HOUR],
    ["0 0 8 * * MON", 7 * 24 * HOUR],
    ["*/10 * * * * *", 10_000],
  ])("know the mean period of %s", (schedule, ms) => {
    expect(meanPeriodMs(schedule)).toBeCloseTo(ms);
  });

  it("go to nobody who is not allowed, and say so", () => {
    expect(linesOf({ ...on, NOTIFY_TO: "ops@example.com, eve@example.com" })).toEqual([
      expect.stringMatching(
        /^NOTIFY_TO has an address that NOTIFY_ALLOWED_RECIPIENTS does not allow\. Add the addresses/,
      ),
    ]);
    expect(linesOf({ ...on, NOTIFY_TO: "ops" })).toEqual([
      expect.stringMatching(/^NOTIFY_TO has an entry that is not/),
    ]);
  });

  it("can be given although other settings are wrong, and only when their own are right", () => {
    const right = { ...simple, ...on, NOTIFY_TO: "ops@example.com" };
    const wrong = { ...right, LOOKBACK: "soon", SINKS: "[" };
    expect(loadMail(wrong)).toMatchObject({
      notices: { to: ["ops@example.com"] },
      state: { table: expect.any(String) },
    });
    for (const name of ["NOTIFY", "NOTIFY_SENDER", "AzureWebJobsStorage"]) {
      expect(loadMail({ ...wrong, [name]: undefined })).toBeUndefined();
    }
    for (const to of [undefined, "eve@example.com"]) {
      expect(loadMail({ ...wrong, NOTIFY_TO: to })).not.toHaveProperty("notices");
    }
  });
});

describe("rules", () => {
  const rule = { name: "too hot", path: "$.data.temperature", comparison: ">", threshold: 30 };
  const rules = (list: unknown) =>
    notices({ NOTIFY_TO: "ops@example.com", NOTIFY_RULES: typeof list === "string" ? list : JSON.stringify(list) });
  const faults = (change: object) => rules([{ ...rule, ...change }])?.brokenRules.map(({ problem }) => problem) ?? [];

  it("take readers and cool-down from the notices unless they have their own", () => {
    expect(rules([rule])?.rules).toEqual([
      {
        ...rule,
        coolDownMs: 24 * HOUR,
        to: ["ops@example.com"],
        template: "Feed {feed}: {value} at {device}, {time}",
      },
    ]);
    const own = { feed: "default", coolDown: "PT1H", to: ["Night@example.org"], template: "{value}" };
    expect(rules([{ ...rule, ...own }])?.rules).toMatchObject([
      { feed: "default", coolDownMs: HOUR, to: ["night@example.org"], template: "{value}" },
    ]);
  });

  it("may be all there is", () => {
    const list = JSON.stringify([{ ...rule, to: ["ops@example.com"] }]);
    expect(notices({ NOTIFY_RULES: list })).toMatchObject({ to: [], rules: [{ name: "too hot" }] });
  });

  it.each([
    [{ path: "data" }, "path does not begin with $"],
    [{ path: `$.${"a".repeat(200)}` }, "path is longer"],
    [{ comparison: "~" }, "comparison is not one of"],
    [{ threshold: undefined }, "threshold is missing"],
    [{ threshold: true }, "neither a number nor a text"],
    [{ comparison: "exists" }, "threshold is set, and exists has none"],
    [{ feed: "defualt" }, "feed names no feed (did you mean default?)"],
    [{ coolDown: "soon" }, "coolDown is not an ISO 8601 duration"],
    [{ coolDown: "PT1S" }, "coolDown is not an ISO 8601 duration"],
    [{ to: ["eve@example.com"] }, "to.0 is not allowed"],
    [{ to: ["eve"] }, "to.0 is not an e-mail address"],
    [{ to: [] }, "to is missing"],
    [{ template: "{temperature}" }, "template has 1 placeholders that there are not"],
    [{ colour: 1 }, "has keys that no rule has: 1"],
    [{ name: "" }, "name is not a name"],
  ])("that are wrong are left out, and told of: %j", (change, fault) => {
    expect(faults(change)).toEqual([expect.stringContaining(fault)]);
  });

  it("that are wrong leave the others alone, and every fault is told", () => {
    const found = rules([
      rule,
      { ...rule, name: "cold", path: "x", comparison: "<", threshold: null, template: "" },
      7,
      rule,
    ]);
    expect(found?.rules.map(({ name }) => name)).toEqual(["too hot"]);
    expect(found?.brokenRules.map((one) => one.rule)).toEqual(["cold", "number 3", "too hot"]);
    const [cold] = found?.brokenRules ?? [];
    for (const key of ["path", "threshold", "template"]) expect(cold?.problem).toContain(key);
    expect(found?.brokenRules[2]?.problem).toContain("the name of an earlier rule");
  });

  it.each(["no json", "{}", JSON.stringify(Array.from({ length: 51 }, () => rule))])(
    "that are no list are told of, and stop nothing: %.20s",
    (text) => {
      expect(rules(text)).toMatchObject({ rules: [], brokenRules: [{ rule: "NOTIFY_RULES" }] });
    },
  );
});
