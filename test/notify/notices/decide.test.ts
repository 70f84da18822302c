import { describe, expect, it } from "vitest";
import type { RuleMatches } from "../../../src/notify/notices/causes.ts";
import { DAY, failed, failure, good, history, HOUR, MINUTE, run, START, TERMS, words } from "./history.ts";

const A = "a@hub";
const B = "b@hub";
const at = (hours: number): number => START + hours * HOUR;

describe("a route that fails", () => {
  it("is told once after so many failures in a row, and told once when it is over", () => {
    const past = history();
    const told = Array.from({ length: 12 }, (_, hour) => words(past.after(run(at(hour), [failed(A, at(hour))]))));
    expect(told.flat()).toEqual(["begun failing a@hub"]);
    expect(told[1]).toEqual([]);
    expect(told[2]).toEqual(["begun failing a@hub"]);
    expect(words(past.after(run(at(12), [good(A, at(12))])))).toEqual(["over failing a@hub"]);
    expect(words(past.after(run(at(13), [good(A, at(13))])))).toEqual([]);
  });

  it("tells since when, how often, and the failure with its fix", () => {
    const past = history();
    for (const hour of [0, 1]) past.after(run(at(hour), [failed(A, at(hour))]));
    const [notice] = past.after(run(at(2), [failed(A, at(2))]));
    expect(notice?.items).toEqual([
      {
        due: "begun",
        cause: "failing",
        where: A,
        since: at(0),
        count: 3,
        code: "API_UNAVAILABLE",
        failure: failure("API_UNAVAILABLE"),
      },
    ]);
  });

  it("is not told when it comes right before", () => {
    const past = history();
    for (let hour = 0; hour < 30; hour += 3) {
      past.after(run(at(hour), [failed(A, at(hour))]));
      past.after(run(at(hour + 1), [failed(A, at(hour + 1))]));
      past.after(run(at(hour + 2), [good(A, at(hour + 2))]));
    }
    expect(past.told).toEqual([]);
  });

  it("is not told again within its cool-down, however often it comes and goes", () => {
    const past = history();
    for (let hour = 0; hour < 24; hour += 1) {
      past.after(run(at(hour), [hour % 6 < 4 ? failed(A, at(hour)) : good(A, at(hour))]));
    }
    expect(words(past.told.map(({ notice }) => notice))).toEqual(["begun failing a@hub", "over failing a@hub"]);
  });

  it("says nothing of a run that another process has in hand", () => {
    const past = history();
    for (const hour of [0, 1, 2]) past.after(run(at(hour), [failed(A, at(hour))]));
    expect(past.after(run(at(3), [{ ...good(A, at(3)), ending: "unknown" }]))).toEqual([]);
    expect(words(past.after(run(at(4), [good(A, at(4))])))).toEqual(["over failing a@hub"]);
  });
});

describe("a storm", () => {
  it("of one cause at many routes is one notice that names them", () => {
    const past = history();
    const routes = Array.from({ length: 40 }, (_, index) => `feed${index}@hub`);
    for (let hour = 0; hour < 25; hour += 1) {
      past.after(
        run(
          at(hour),
          routes.map((route) => failed(route, at(hour), "CREDENTIALS_REFUSED")),
        ),
      );
    }
    expect(past.told).toHaveLength(1);
    expect(past.told[0]?.notice.items.map(({ where }) => where)).toEqual(routes);
  });

  it("of 1,000 failures is one notice, then digests further and further apart", () => {
    const past = history();
    const routes = Array.from({ length: 20 }, (_, index) => `feed${index}@hub`);
    for (let hour = 0; hour < 24 * 21; hour += 1) {
      past.after(
        run(
          at(hour),
          routes.map((route) => failed(route, at(hour))),
        ),
      );
    }
    const [first, ...digests] = past.told;
    expect(first?.notice.digest).toBe(false);
    expect(digests.every(({ notice }) => notice.digest && notice.items.length === 20)).toBe(true);
    const times = past.told.map((one) => (one.at - at(2)) / DAY);
    expect(times).toEqual([0, 1, 3, 7, 14]);
  });

  it("of many causes at many routes is a digest, and what comes later waits for the next", () => {
    const past = history({ ...TERMS, afterFailures: 1 });
    const codes = ["NOT_FOUND", "ACCESS_DENIED", "API_TIMEOUT", "SINK_UNREACHABLE", "API_THROTTLED"];
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const now = START + minute * MINUTE;
      // Another route fails with every run.
      const routes = Array.from({ length: minute / 5 + 5 }, (_, index) =>
        failed(`feed${index}@hub`, now, codes[index % codes.length]),
      );
      past.after(run(now, routes));
    }
    expect(past.told[0]?.notice.digest).toBe(true);
    const pauses = past.told.slice(1).map((one, index) => one.at - (past.told[index]?.at ?? 0));
    expect(Math.max(...pauses)).toBeGreaterThan(2 * HOUR);
    expect(past.told.length).toBeLessThan(15);
    // Each route was told once, but for those that wait now.
    const told = words(past.told.map(({ notice }) => notice)).filter((word) => word.startsWith("begun"));
    expect(new Set(told).size).toBe(told.length);
    expect(told.length).toBeGreaterThan(150);
  });
});

describe("a watermark", () => {
  it("older than its limit is told, with the time it stands at", () => {
    const past = history();
    const watermark = START - 7 * HOUR;
    const [notice] = past.after(run(START, [good(A, START, { ending: "out-of-time", watermark })]));
    expect(notice?.items).toMatchObject([{ cause: "stale", since: watermark }]);
    expect(words(past.after(run(at(1), [good(A, at(1))])))).toEqual(["over stale a@hub"]);
  });

  it("that stands still because the route fails is no news", () => {
    const past = history();
    for (let hour = 0; hour < 23; hour += 1) {
      past.after(run(at(hour), [failed(A, at(hour), "API_TIMEOUT", { watermark: START })]));
    }
    expect(words(past.told.map(({ notice }) => notice))).toEqual(["begun failing a@hub"]);
  });
});

describe("a route without data", () => {
  const quiet = (hours: number, change = {}) => good(A, at(hours), { delivered: 0, ...change });

  it("is told when it runs well and delivers nothing for so long", () => {
    const past = history();
    past.after(run(START, [good(A, START)]));
    for (let hour = 1; hour < 24; hour += 1) expect(past.after(run(at(hour), [quiet(hour)]))).toEqual([]);
    expect(words(past.after(run(at(24), [quiet(24)])))).toEqual(["begun quiet a@hub"]);
    expect(words(past.after(run(at(25), [quiet(25)])))).toEqual([]);
    expect(words(past.after(run(at(26), [good(A, at(26))])))).toEqual(["over quiet a@hub"]);
  });

  it("that fails or is behind is stuck, and not called quiet", () => {
    const past = history();
    past.after(run(START, [good(A, START)]));
    for (let hour = 1; hour < 40; hour += 1) {
      const stuck = hour % 2 === 0 ? failed(A, at(hour)) : quiet(hour, { ending: "out-of-time" });
      past.after(run(at(hour), [stuck]));
    }
    expect(words(past.told.map(({ notice }) => notice)).filter((word) => word.includes("quiet"))).toEqual([]);
  });

  it("changes nothing that would have to be written while it is quiet", () => {
    const past = history();
    past.after(run(START, [good(A, START)]));
    const { at: _, ...before } = past.state;
    past.after(run(at(1), [quiet(1)]));
    expect(past.state).toMatchObject(before);
  });

  it("is no cause where nobody asked for it", () => {
    const { quietMs: _, ...terms } = TERMS;
    const past = history(terms);
    for (let hour = 0; hour < 100; hour += 1) past.after(run(at(hour), [quiet(hour)]));
    expect(past.told).toEqual([]);
  });
});

describe("an incomplete window", () => {
  it.each(["WINDOW_SATURATED", "WINDOW_INCOMPLETE", "PAGING_UNRELIABLE", "RIGHTS_FILTERED"])(
    "is told at once: %s",
    (code) => {
      const past = history();
      const [notice] = past.after(run(START, [failed(A, START, code)]));
      expect(notice?.items).toMatchObject([{ due: "begun", cause: "incomplete", code, failure: failure(code) }]);
      for (let hour = 1; hour < 20; hour += 1)
        expect(past.after(run(at(hour), [failed(A, at(hour), code)]))).toEqual([]);
      expect(words(past.after(run(at(20), [good(A, at(20))])))).toEqual(["over incomplete a@hub"]);
    },
  );

  it("is not over because a run fails for another reason", () => {
    const past = history();
    past.after(run(START, [failed(A, START, "WINDOW_SATURATED")]));
    for (const hour of [1, 2]) expect(past.after(run(at(hour), [failed(A, at(hour))]))).toEqual([]);
  });

  it("is told of a warning too", () => {
    const past = history();
    const warnings = [failure("RIGHTS_FILTERED")];
    expect(words(past.after(run(START, [good(A, START, { warnings })])))).toEqual(["begun incomplete a@hub"]);
  });
});

describe("other causes", () => {
  it("a wrong identity is told at once, for all routes in one mail", () => {
    const past = history();
    const notices = past.after(
      run(
        START,
        [A, B].map((route) => failed(route, START, "IDENTITY_MISMATCH")),
      ),
    );
    expect(notices).toHaveLength(1);
    expect(words(notices)).toEqual(["begun identity a@hub", "begun identity b@hub"]);
  });

  it("dead letters are counted, and told once in a cool-down with all that came meanwhile", () => {
    const past = history();
    const count = (hours: number, deadLettered: number) =>
      past.after(run(at(hours), [good(A, at(hours), { deadLettered })])).flatMap(({ items }) => items);
    expect(count(0, 2)).toMatchObject([{ due: "momentary", cause: "dead-letters", count: 2, since: at(0) }]);
    expect([...count(1, 3), ...count(2, 0), ...count(3, 4)]).toEqual([]);
    expect(count(24, 0)).toMatchObject([{ cause: "dead-letters", count: 7, since: at(1) }]);
    expect(count(60, 0)).toEqual([]);
    expect(past.state.entries).toEqual([]);
  });

  it("lateness near the lookback is told", () => {
    const past = history();
    const warnings = [failure("LATE_NEAR_LOOKBACK")];
    expect(words(past.after(run(START, [good(A, START, { warnings })])))).toEqual(["momentary late a@hub"]);
    expect(past.after(run(at(1), [good(A, at(1), { warnings })]))).toEqual([]);
  });

  it("wrong settings are told, and say nothing of the routes", () => {
    const past = history();
    for (const hour of [0, 1, 2]) past.after(run(at(hour), [failed(A, at(hour))]));
    const wrong = { settings: failure("SETTINGS_INVALID") };
    expect(words(past.after(run(at(3), [], wrong)))).toEqual(["begun settings"]);
    expect(words(past.after(run(at(4), [failed(A, at(4))])))).toEqual(["over settings"]);
    expect(words(past.after(run(at(5), [good(A, at(5))])))).toEqual(["over failing a@hub"]);
  });

  it("a broken rule is told until it is mended, and not called mended by settings that are wrong altogether", () => {
    const past = history();
    const broken = { brokenRules: [{ rule: "hot", failure: failure("SETTINGS_INVALID") }] };
    expect(words(past.after(run(START, [], broken)))).toEqual(["begun rule-broken hot"]);
    expect(words(past.after(run(at(1), [], { settings: failure("SETTINGS_INVALID") })))).toEqual(["begun settings"]);
    expect(words(past.after(run(at(2), [])))).toEqual(["over rule-broken hot", "over settings"]);
  });

  it("rules are told to their own readers with count and first example, within their own cool-down", () => {
    const past = history();
    const match = (matches: number, example: string): { ruleMatches: RuleMatches[] } => ({
      ruleMatches: [{ rule: "hot", matches, example, coolDownMs: HOUR, to: ["facility@example.com"] }],
    });
    const [first] = past.after(run(START, [], match(2, "32 degrees")));
    expect(first).toMatchObject({ to: ["facility@example.com"], items: [{ count: 2, example: "32 degrees" }] });
    expect(past.after(run(START + 20 * MINUTE, [], match(1, "33 degrees")))).toEqual([]);
    expect(past.after(run(START + 40 * MINUTE, [], match(4, "34 degrees")))).toEqual([]);
    const [next] = past.after(run(at(1), []));
    expect(next).toMatchObject({ to: ["facility@example.com"], items: [{ count: 5, example: "33 degrees" }] });
  });
});
