// The queue of things to come.
import { describe, expect, it } from "vitest";
import { createDueQueue } from "../../../dev/microshare-simulator/due-queue.ts";
import { fc } from "../../fast-check.ts";

describe("due queue", () => {
  it("gives out what is due, earliest first and equal instants in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }),
        fc.integer({ min: 0, max: 20 }),
        (instants, now) => {
          const queue = createDueQueue<string>();
          for (const [number, at] of instants.entries()) queue.put(at, `${at} ${number}`);
          const taken: string[] = [];
          for (let due = queue.takeDue(now); due !== undefined; due = queue.takeDue(now)) taken.push(due.item);
          const expected = [...instants.entries()]
            .filter(([, at]) => at <= now)
            .toSorted(([oneNumber, oneAt], [otherNumber, otherAt]) => oneAt - otherAt || oneNumber - otherNumber)
            .map(([number, at]) => `${at} ${number}`);
          expect(taken).toEqual(expected);
        },
      ),
    );
  });
});
