import { describe, expect, it } from "vitest";
import type { SendReport, Sink } from "../../src/pipeline/ports.ts";
import { minimise } from "./minimise.ts";
import { simulate, type Simulated } from "./simulate.ts";

/** A sink that takes every lost answer for a confirmation. */
function believing(sink: Sink): Sink {
  return {
    ...sink,
    async send(events, ...may): Promise<SendReport> {
      const { failure, ...report } = await sink.send(events, ...may);
      if (failure?.code !== "SINK_UNCERTAIN") return failure === undefined ? report : { ...report, failure };
      const refused = new Set(report.refused.map(({ event }) => event));
      return { ...report, confirmed: events.filter((event) => !refused.has(event)) };
    },
  };
}

const SPOILT = { spoil: believing, withPush: false };

async function failing(): Promise<Simulated> {
  for (let seed = 1; ; seed += 1) {
    const simulated = await simulate(seed, SPOILT);
    if (simulated.violations[0]?.startsWith("lost:") === true && simulated.struck.length > 30) return simulated;
  }
}

describe("a simulated life that fails", () => {
  it("is cut down to what it takes to fail, and repeats itself to the last line", async () => {
    const whole = await failing();
    const { seed } = whole;
    const { only, simulated, isLeast } = await minimise(seed, SPOILT);
    expect(isLeast).toBe(true);
    expect(only.length).toBeLessThan(whole.struck.length / 2);
    expect(only).toContainEqual(expect.stringContaining("transfer gets no answer"));
    expect(simulated.trace.length).toBeLessThan(whole.trace.length);
    const options = { ...SPOILT, only: new Set(only) };
    const again = await simulate(seed, options);
    expect(again.trace).toEqual(simulated.trace);
    expect(again.violations).toEqual(simulated.violations);
    // Every one of them is needed.
    for (const one of only) {
      const { violations } = await simulate(seed, { ...options, only: new Set(only.filter((other) => other !== one)) });
      expect(violations.filter((violation) => violation.startsWith("lost:"))).toEqual([]);
    }
  }, 60_000);

  it("is not looked for where nothing fails", async () => {
    await expect(minimise(1)).rejects.toThrow("does not fail");
  });
});
