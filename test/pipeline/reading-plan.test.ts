import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import type { PageRequest } from "../../src/pipeline/ports.ts";
import { DAY, HOUR, MINUTE, routeUnderTest, START, type RouteOptions } from "./route-under-test.ts";

const at = (minutes: number) => START + minutes * MINUTE;

function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, "told to fail", { fix: "none" });
}

/** A route whose API fails for windows longer than `api.mostMs`. */
function underTest(code: ErrorCode, options: RouteOptions = {}) {
  const api = { mostMs: Infinity, attempts: [] as number[] };
  const beforePage = ({ window }: PageRequest): void => {
    api.attempts.push(window.to - window.from);
    if (window.to - window.from > api.mostMs) throw failure(code);
  };
  const bridge = routeUnderTest({ timing: { lookbackMs: 0, deepLookbackMs: 0 }, feed: { beforePage }, ...options });
  return {
    ...bridge,
    api,
    width: async () => (await bridge.checkpoint())?.parts[""]?.windowMs,
  };
}

describe("the length of the windows", () => {
  it("is halved at once after a time-out, until the API answers, and the run goes on", async () => {
    const bridge = underTest("API_TIMEOUT");
    for (let minute = 0; minute < 110; minute += 1) bridge.feed.add({ key: `k${minute}`, time: at(minute) });
    bridge.api.mostMs = 20 * MINUTE;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(bridge.api.attempts.slice(0, 3)).toEqual([HOUR, HOUR / 2, HOUR / 4]);
    expect(bridge.keys()).toEqual(Array.from({ length: 110 }, (_, n) => `k${n}`));
  });

  it("is halved for the next run after an overload, which ends this one", async () => {
    const bridge = underTest("API_UNAVAILABLE");
    bridge.clock.now = START + 10 * HOUR;
    bridge.api.mostMs = 20 * MINUTE;
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "API_UNAVAILABLE" } });
    expect(bridge.api.attempts).toEqual([HOUR]);
    expect(await bridge.width()).toBe(HOUR / 2);
    await bridge.run();
    expect(await bridge.width()).toBe(HOUR / 4);
    bridge.api.attempts.length = 0;
    await bridge.run();
    expect(bridge.api.attempts[0]).toBe(HOUR / 4);
    expect((await bridge.checkpoint())?.watermark).toBe(START + HOUR / 4);
  });

  it("grows again with every window that works, and is forgotten when it is that of the setting", async () => {
    const bridge = underTest("API_UNAVAILABLE");
    bridge.clock.now = START + 10 * HOUR;
    bridge.api.mostMs = 10 * MINUTE;
    for (let runs = 0; runs < 3; runs += 1) await bridge.run();
    expect(await bridge.width()).toBe(HOUR / 8);
    bridge.api.mostMs = Infinity;
    bridge.api.attempts.length = 0;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(bridge.api.attempts.slice(0, 5)).toEqual([HOUR / 8, HOUR / 4, HOUR / 2, HOUR, HOUR]);
    expect(await bridge.width()).toBeUndefined();
  });

  it.each(["API_TIMEOUT", "API_UNAVAILABLE"] as const)(
    "is never below a minute: %s then ends the run",
    async (code) => {
      const bridge = underTest(code);
      bridge.api.mostMs = 0;
      for (let runs = 0; runs < 10; runs += 1) {
        expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code } });
      }
      expect(Math.min(...bridge.api.attempts)).toBe(MINUTE);
      expect(bridge.api.attempts.length).toBeLessThan(20);
    },
  );

  it("does not make a run read the same short remainder for ever", async () => {
    const bridge = underTest("API_TIMEOUT");
    bridge.clock.now = START + MINUTE + 80_000;
    bridge.api.mostMs = 0;
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "API_TIMEOUT" } });
    expect(bridge.api.attempts).toEqual([80_000]);
  });

  it("is halved for the next run when the time of this one was too short to close anything", async () => {
    const bridge = underTest("OUT_OF_TIME");
    bridge.api.mostMs = 20 * MINUTE;
    for (const width of [HOUR / 2, HOUR / 4]) {
      expect(await bridge.run()).toMatchObject({ kind: "out-of-time" });
      expect(await bridge.width()).toBe(width);
    }
    await bridge.run();
    expect((await bridge.checkpoint())?.watermark).toBe(START + HOUR / 4);
  });

  it("stays when a run came to something before its time was up", async () => {
    const bridge = underTest("OUT_OF_TIME", {
      feed: {
        beforePage: ({ window }) => {
          if (window.from > START) throw failure("OUT_OF_TIME");
        },
      },
    });
    bridge.clock.now = START + 5 * HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "out-of-time" });
    expect((await bridge.checkpoint())?.watermark).toBe(START + HOUR);
    expect(await bridge.width()).toBeUndefined();
  });

  it("is each part's own", async () => {
    const bridge = routeUnderTest({
      timing: { lookbackMs: 0, deepLookbackMs: 0 },
      feed: {
        parts: () => ["crowded", "quiet"],
        beforePage: ({ part, window }) => {
          if (part === "crowded" && window.to - window.from > 40 * MINUTE) throw failure("API_TIMEOUT");
        },
      },
    });
    bridge.clock.now = START + 2 * HOUR + MINUTE;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    const lengths = (of: string) =>
      bridge.feed.requests.filter(({ part }) => part === of).map(({ window }) => window.to - window.from);
    expect(lengths("quiet")).toEqual([HOUR, HOUR]);
    expect(lengths("crowded").slice(0, 2)).toEqual([HOUR, HOUR / 2]);
  });

  it("does not concern a source that answers in ascending time, which is cut where it stands", async () => {
    const bridge = underTest("API_TIMEOUT", {
      feed: {
        ascending: true,
        beforePage: () => {
          throw failure("API_TIMEOUT");
        },
      },
    });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "API_TIMEOUT" } });
    expect(bridge.feed.requests).toHaveLength(1);
    expect(await bridge.width()).toBeUndefined();
  });
});

describe("the lookback", () => {
  it("is one window, and is cut into shorter ones when that takes the API too long", async () => {
    const bridge = underTest("API_TIMEOUT", { timing: { lookbackMs: 6 * HOUR, deepLookbackMs: 6 * HOUR } });
    bridge.clock.now = START + 8 * HOUR;
    bridge.feed.add({ key: "late", time: at(130), visibleAt: START + 9 * HOUR });
    await bridge.run();
    bridge.clock.now = START + 10 * HOUR;
    bridge.api.attempts.length = 0;
    bridge.api.mostMs = 45 * MINUTE;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(bridge.keys()).toEqual(["late"]);
    expect((await bridge.checkpoint())?.lookback).toEqual({});
    bridge.api.mostMs = Infinity;
    bridge.clock.now = START + 14 * HOUR;
    await bridge.run();
    bridge.clock.now = START + 15 * HOUR;
    bridge.api.attempts.length = 0;
    await bridge.run();
    expect(bridge.api.attempts).toEqual([HOUR, 6 * HOUR]);
  });

  it("that no run has time for as one window is read in shorter ones, which are kept", async () => {
    let watermark = 0;
    const bridge = routeUnderTest({
      timing: { lookbackMs: 6 * HOUR, deepLookbackMs: 6 * HOUR },
      feed: {
        beforePage: ({ window }) => {
          if (window.to <= watermark && window.to - window.from > 20 * MINUTE) throw failure("OUT_OF_TIME");
        },
      },
    });
    bridge.clock.now = START + 8 * HOUR;
    bridge.feed.add({ key: "late", time: at(130), visibleAt: START + 9 * HOUR });
    await bridge.run();
    for (let hour = 12; hour < 24 && bridge.keys().length === 0; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      watermark = (await bridge.checkpoint())?.watermark ?? 0;
      await bridge.run();
      expect((await bridge.checkpoint())?.watermark).toBe(bridge.clock.now - MINUTE);
    }
    expect(bridge.keys()).toEqual(["late"]);
  });

  it("reads nothing twice when the owed one of an earlier run joins it", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: 2 * HOUR, deepLookbackMs: DAY } });
    bridge.clock.now = START + 30 * HOUR;
    await bridge.run();
    const lookback = bridge.feed.requests.filter(({ window }) => window.to - window.from > 2 * HOUR);
    expect(lookback).toEqual([]);
    bridge.clock.now = START + 60 * HOUR;
    await bridge.run();
    const deep = bridge.feed.requests.filter(({ window }) => window.to - window.from > 2 * HOUR);
    expect(deep).toEqual([{ part: "", window: { from: START + 6 * HOUR - MINUTE, to: START + 30 * HOUR - MINUTE } }]);
  });

  it("of a part whose answers cannot be used is given up for this run only", async () => {
    let broken = false;
    const bridge = routeUnderTest({
      feed: {
        parts: () => ["bad", "good"],
        beforePage: ({ part, window }) => {
          if (broken && part === "bad" && window.from === START) throw failure("RESPONSE_UNREADABLE");
        },
      },
    });
    await bridge.run();
    broken = true;
    bridge.clock.now += HOUR;
    bridge.feed.add({ key: "late", time: at(5), part: "good", visibleAt: bridge.clock.now });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "RESPONSE_UNREADABLE" } });
    expect(bridge.keys()).toEqual(["late"]);
    expect(Object.keys((await bridge.checkpoint())?.lookback ?? {})).toEqual(["bad"]);
  });
});
