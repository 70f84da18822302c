import { describe, expect, it } from "vitest";
import { gapErrors } from "../../src/sinks/read-back-errors.ts";
import { planReadBack, type ReadPlan } from "../../src/sinks/read-plan.ts";

const at = (partitions: Record<string, number>, hub = "h") => ({ hub, partitions });
const hub = (partitions: Record<string, readonly [first: number, last: number]>, name = "h") => ({
  hub: name,
  partitions: Object.fromEntries(Object.entries(partitions).map(([id, [first, last]]) => [id, { first, last }])),
});

const cases: Record<string, [Parameters<typeof planReadBack>, ReadPlan]> = {
  "reads what lies between": [
    [at({ 0: 4, 1: 9 }), at({ 0: 7, 1: 9 }), hub({ 0: [0, 8], 1: [0, 9] })],
    { spans: [{ partitionId: "0", after: 4, upTo: 7 }], gaps: [], reached: at({ 0: 4, 1: 9 }) },
  ],
  "reads a new partition from its beginning": [
    [at({ 0: 4 }), at({ 0: 4, 1: 2 }), hub({ 0: [0, 4], 1: [0, 2] })],
    { spans: [{ partitionId: "1", after: -1, upTo: 2 }], gaps: [], reached: at({ 0: 4, 1: -1 }) },
  ],
  "skips what has expired": [
    [at({ 0: 4 }), at({ 0: 20 }), hub({ 0: [10, 20] })],
    {
      spans: [{ partitionId: "0", after: 9, upTo: 20 }],
      gaps: [{ kind: "expired", partitionId: "0", events: 5 }],
      reached: at({ 0: 9 }),
    },
  ],
  "reads nothing where all has expired": [
    [at({ 0: 4 }), at({ 0: 6 }), hub({ 0: [31, 30] })],
    { spans: [], gaps: [{ kind: "expired", partitionId: "0", events: 2 }], reached: at({ 0: 6 }) },
  ],
  "does not mind expiry before the position": [
    [at({ 0: 9 }), at({ 0: 20 }), hub({ 0: [10, 20] })],
    { spans: [{ partitionId: "0", after: 9, upTo: 20 }], gaps: [], reached: at({ 0: 9 }) },
  ],
  "reads a partition that went back from its beginning": [
    [at({ 0: 40 }), at({ 0: 3 }), hub({ 0: [0, 3] })],
    {
      spans: [{ partitionId: "0", after: -1, upTo: 3 }],
      gaps: [{ kind: "went-back", partitionId: "0" }],
      reached: at({ 0: -1 }),
    },
  ],
  "counts a partition that vanished as reached": [
    [at({ 0: 4, 1: 4 }), at({ 0: 4, 1: 9 }), hub({ 0: [0, 4] })],
    { spans: [], gaps: [{ kind: "vanished", partitionId: "1" }], reached: at({ 0: 4, 1: 9 }) },
  ],
  "forgets a partition that nobody names any more": [
    [at({ 0: 4, 1: 4 }), at({ 0: 4 }), hub({ 0: [0, 4] })],
    { spans: [], gaps: [{ kind: "vanished", partitionId: "1" }], reached: at({ 0: 4 }) },
  ],
  "keeps the position of a partition that is not asked about": [
    [at({ 0: 4, 1: 4 }), at({ 0: 4 }), hub({ 0: [0, 4], 1: [0, 9] })],
    { spans: [], gaps: [], reached: at({ 0: 4, 1: 4 }) },
  ],
  "reads another hub from its beginning, however far the old one was": [
    [at({ 0: 40, 1: 5, 2: 5 }, "old"), at({ 0: 3, 1: -1 }), hub({ 0: [0, 3], 1: [0, -1] })],
    {
      spans: [{ partitionId: "0", after: -1, upTo: 3 }],
      gaps: [{ kind: "other-hub" }],
      reached: at({ 0: -1, 1: -1 }),
    },
  ],
  "reads nothing when the hub changed since the end was asked for": [
    [at({ 0: 4 }), at({ 0: 9 }), hub({ 0: [0, 50] }, "new")],
    { spans: [], gaps: [{ kind: "other-hub" }], reached: at({ 0: 9 }) },
  ],
};

describe("planReadBack", () => {
  it.each(Object.entries(cases))("%s", (_, [input, plan]) => {
    expect(planReadBack(...input)).toEqual(plan);
  });

  it("finds no gap in what it has reached", () => {
    for (const [[, upTo, state], { reached }] of Object.values(cases)) {
      if (upTo.hub === state.hub) {
        const again = planReadBack(reached, upTo, state).gaps;
        expect(again.filter((gap) => gap.kind !== "vanished")).toEqual([]);
      }
    }
  });
});

describe("gapErrors", () => {
  it("gives one error per code, with all partitions", () => {
    const errors = gapErrors(
      [
        { kind: "went-back", partitionId: "3" },
        { kind: "expired", partitionId: "0", events: 5 },
        { kind: "vanished", partitionId: "4" },
        { kind: "expired", partitionId: "1", events: 6 },
      ],
      "Event hub records on example.net",
    );
    expect(errors).toEqual([
      expect.objectContaining({
        code: "READ_BACK_OTHER_HUB",
        message: expect.stringMatching(/partition 3 ends before.*partition 4 is gone/u),
      }),
      expect.objectContaining({
        code: "READ_BACK_EXPIRED",
        message: expect.stringMatching(/11 events \(partitions 0, 1\)/u),
      }),
    ]);
  });
});
