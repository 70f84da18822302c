import { describe, expect, it } from "vitest";
import { createOutbox } from "../../src/telemetry/outbox.ts";

function outboxUnderTest({ batchItems = 10, mostItems = 4 } = {}) {
  const sent: (readonly number[])[] = [];
  const open: PromiseWithResolvers<boolean>[] = [];
  const outbox = createOutbox<number>({
    batchItems,
    mostItems,
    send(items) {
      sent.push(items);
      const answer = Promise.withResolvers<boolean>();
      open.push(answer);
      return answer.promise;
    },
  });
  return { outbox, sent, open };
}

describe("the outbox", () => {
  it("sends what waits in batches, one at a time and in order", async () => {
    const { outbox, sent, open } = outboxUnderTest({ batchItems: 2, mostItems: 10 });
    for (const item of [1, 2, 3]) outbox.add(item, false);
    expect(sent).toEqual([[1, 2]]);
    const flushed = outbox.flush();
    expect(sent).toHaveLength(1);
    open[0]?.resolve(true);
    await open[0]?.promise;
    await Promise.resolve();
    expect(sent).toEqual([[1, 2], [3]]);
    open[1]?.resolve(true);
    await flushed;
    expect(outbox.takeLost()).toEqual({ dropped: 0, refused: [] });
  });

  it("lets go of what does not matter first, and counts it", async () => {
    const { outbox, sent, open } = outboxUnderTest();
    for (const item of [1, 2, 3, 4, 5]) outbox.add(item, false);
    for (const item of [6, 7]) outbox.add(item, true);
    const flushed = outbox.flush();
    expect(sent).toEqual([[1, 2, 3, 4, 6, 7]]);
    open[0]?.resolve(true);
    await flushed;
    expect(outbox.takeLost()).toEqual({ dropped: 1, refused: [] });
    expect(outbox.takeLost()).toEqual({ dropped: 0, refused: [] });
  });

  it("holds at most twice as much, even of what matters", () => {
    const { outbox } = outboxUnderTest();
    for (let item = 0; item < 12; item += 1) outbox.add(item, true);
    expect(outbox.takeLost().dropped).toBe(4);
  });

  it("gives back what was refused", async () => {
    const { outbox, open } = outboxUnderTest();
    outbox.add(1, true);
    const flushed = outbox.flush();
    open[0]?.resolve(false);
    await flushed;
    expect(outbox.takeLost()).toEqual({ dropped: 0, refused: [1] });
  });

  it("gives back everything that is unsettled when it is given up, once", async () => {
    const { outbox, open } = outboxUnderTest({ batchItems: 2, mostItems: 10 });
    for (const item of [1, 2, 3]) outbox.add(item, true);
    expect(outbox.takeLost(true).refused).toEqual([1, 2, 3]);
    const flushed = outbox.flush();
    open[0]?.resolve(false);
    await flushed;
    expect(outbox.takeLost()).toEqual({ dropped: 0, refused: [] });
  });
});
