import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { DAY, HOUR, routeUnderTest } from "./route-under-test.ts";

describe("the retention of dead letters", () => {
  it("is applied once a day, at the end of a run that is caught up, in whatever process that is", async () => {
    const bridge = routeUnderTest();
    const asked: number[] = [];
    const began = bridge.clock.now;
    for (let hour = 0; hour <= 72; hour += 1) {
      bridge.clock.now = began + hour * HOUR;
      await bridge.run({ deps: { expireDeadLetters: async () => void asked.push(hour) } });
    }
    expect(asked).toEqual([24, 48, 72]);
  });

  it("never fails a run, unless by a bug", async () => {
    const bridge = routeUnderTest();
    await bridge.run();
    bridge.clock.now += DAY;
    const down = new BridgeError("DEAD_LETTER_FAILED", "no answer", { fix: "wait" });
    const outcome = await bridge.run({ deps: { expireDeadLetters: () => Promise.reject(down) } });
    expect(outcome).toMatchObject({ kind: "caught-up", warnings: [{ code: "DEAD_LETTER_FAILED" }] });
    bridge.clock.now += DAY;
    const run = bridge.run({ deps: { expireDeadLetters: () => Promise.reject(new TypeError("a bug")) } });
    await expect(run).rejects.toThrow("a bug");
  });
});
