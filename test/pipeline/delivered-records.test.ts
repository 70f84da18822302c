import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const down = new BridgeError("SINK_UNREACHABLE", "no way to the hub", { fix: "wait" });

describe("whoever looks at delivered records", () => {
  it("is told of each when the sink has confirmed it, once, and of no other", async () => {
    let sinkIsUp = false;
    const told: string[] = [];
    const bridge = routeUnderTest({
      sink: {
        onBatch: () => (sinkIsUp ? "stored" : { error: down, stored: false }),
        refuse: ({ properties }) => (properties.recordKey === "never" ? "too large" : undefined),
      },
    });
    for (const key of ["a", "b", "never", "c"]) bridge.feed.add({ key, time: START + MINUTE });
    const deps = {
      onDelivered: (_route: unknown, records: readonly { readonly key: string }[]) =>
        void told.push(...records.map(({ key }) => key)),
    };
    expect((await bridge.run({ deps })).kind).toBe("blocked");
    expect(told).toEqual([]);
    sinkIsUp = true;
    for (let again = 0; again < 2; again += 1) expect((await bridge.run({ deps })).kind).toBe("caught-up");
    expect(told.toSorted()).toEqual(["a", "b", "c"]);
  });
});
