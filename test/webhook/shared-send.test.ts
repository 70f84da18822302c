import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { SendReport } from "../../src/pipeline/ports.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { createSharedSend, type SharedSendOptions } from "../../src/webhook/shared-send.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";

describe("sends that requests share", () => {
  it("sends a lone event at once, and what comes meanwhile together", async () => {
    const { send, batches, confirm, clock } = sharing();
    const first = send(outgoingEvent(1, "a"));
    await nextTurn();
    expect(batches.map((batch) => batch.length)).toEqual([1]);
    const more = [2, 3, 4].map((number) => send(outgoingEvent(number, "a")));
    await nextTurn();
    expect(batches).toHaveLength(1);
    confirm();
    expect(await first).toEqual({ kind: "confirmed" });
    clock.advance(5);
    while (batches.length < 2) await nextTurn();
    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    confirm();
    expect(await Promise.all(more)).toEqual([2, 3, 4].map(() => ({ kind: "confirmed" })));
  });

  it("tells each its own outcome", async () => {
    const { send, answer } = sharing();
    const outcomes = [1, 2, 3].map((number) => send(outgoingEvent(number, "a")));
    await nextTurn();
    const failure = new BridgeError("SINK_UNCERTAIN", "lost", { fix: "none" });
    answer(([one, two]) => ({
      confirmed: one === undefined ? [] : [one],
      refused: two === undefined ? [] : [{ event: two, reason: "too large" }],
      failure,
    }));
    expect(await Promise.all(outcomes)).toEqual([
      { kind: "confirmed" },
      { kind: "refused", reason: "too large" },
      { kind: "failed", error: failure },
    ]);
  });

  it("goes on after a failure and after a bug of the sink", async () => {
    const { send, answer, confirm, clock } = sharing();
    const first = send(outgoingEvent(1, "a"));
    await nextTurn();
    answer(() => {
      throw new Error("a bug");
    });
    await expect(first).rejects.toThrow("a bug");
    clock.advance(5);
    const second = send(outgoingEvent(2, "a"));
    await nextTurn();
    confirm();
    expect(await second).toEqual({ kind: "confirmed" });
  });

  it("never takes an event that the report leaves out for sent", async () => {
    const { send, answer } = sharing();
    const lost = send(outgoingEvent(1, "a"));
    await nextTurn();
    answer(() => ({}));
    await expect(lost).rejects.toThrow("left an event out");
  });

  it("holds no more than it may, and sends a backlog in pieces", async () => {
    const { send, batches, confirm, idle, clock } = sharing({ mostWaitingBytes: 10_000, mostBytesAtOnce: 3_000 });
    const outcomes = Array.from({ length: 10 }, (_none, number) => send(outgoingEvent(number, "a", 1_000)));
    const kinds: string[] = [];
    for (const outcome of outcomes) void outcome.then(({ kind }) => kinds.push(kind));
    await nextTurn();
    expect(kinds.every((kind) => kind === "full")).toBe(true);
    const full = kinds.length;
    expect(full).toBeGreaterThan(2);
    while (kinds.length < 10) {
      confirm();
      clock.advance(5);
      await nextTurn();
    }
    await idle();
    expect(kinds.filter((kind) => kind === "confirmed")).toHaveLength(10 - full);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(2);
  });

  it("lets go of what waited too long, without sending it", async () => {
    const { send, batches, confirm, clock } = sharing({ limitMs: 1_000 });
    const first = send(outgoingEvent(1, "a"));
    await nextTurn();
    const late = send(outgoingEvent(2, "a"));
    clock.advance(1_001);
    confirm();
    await first;
    expect(await late).toMatchObject({ kind: "failed", error: { code: "OUT_OF_TIME" } });
    expect(batches).toHaveLength(1);
  });
});

describe("several sends on their way", () => {
  /** Sends that are answered one by one, in any order. */
  function overlapping(options: Partial<SharedSendOptions> = {}) {
    const sent: { readonly events: readonly OutgoingEvent[]; confirm(): void }[] = [];
    const shared = sharing({
      sendsAtOnce: 2,
      sink: {
        send(events) {
          const report = Promise.withResolvers<SendReport>();
          const confirm = () => report.resolve({ confirmed: events, refused: [], batches: 1, bytes: 0 });
          sent.push({ events, confirm });
          return report.promise;
        },
      },
      ...options,
    });
    return { ...shared, sent, counts: () => sent.map(({ events }) => events.length) };
  }

  it("lets the second start a little after the first, without its answer, and shares the rest", async () => {
    const { send, sent, counts, clock, idle } = overlapping();
    const outcomes = [send(outgoingEvent(1, "a"))];
    await nextTurn();
    outcomes.push(...[2, 3].map((number) => send(outgoingEvent(number, "a"))));
    clock.advance(4);
    await nextTurn();
    expect(counts()).toEqual([1]);
    clock.advance(1);
    await nextTurn();
    expect(counts()).toEqual([1, 2]);
    // No place is left.
    outcomes.push(...[4, 5, 6].map((number) => send(outgoingEvent(number, "a"))));
    clock.advance(100);
    await nextTurn();
    expect(counts()).toEqual([1, 2]);
    // The later one is answered first.
    sent[1]?.confirm();
    expect(await Promise.all(outcomes.slice(1, 3))).toEqual([{ kind: "confirmed" }, { kind: "confirmed" }]);
    await nextTurn();
    expect(counts()).toEqual([1, 2, 3]);
    sent[0]?.confirm();
    sent[2]?.confirm();
    expect((await Promise.all(outcomes)).every(({ kind }) => kind === "confirmed")).toBe(true);
    await idle();
  });

  it("gathers no longer when there is enough for a full one", async () => {
    const { send, sent, counts, idle, clock } = overlapping({ mostBytesAtOnce: 3_000 });
    const outcomes = [send(outgoingEvent(1, "a", 1_000))];
    await nextTurn();
    outcomes.push(...[2, 3].map((number) => send(outgoingEvent(number, "a", 1_000))));
    await nextTurn();
    expect(counts()).toEqual([1, 1]);
    while (sent.length < 3) {
      for (const { confirm } of sent) confirm();
      clock.advance(5);
      await nextTurn();
    }
    sent[2]?.confirm();
    await Promise.all(outcomes);
    await idle();
  });

  it("goes on when the sink fails with a bug", async () => {
    const bug = new Error("a bug");
    let isBroken = true;
    const { send, clock } = overlapping({
      sink: {
        async send(events) {
          if (isBroken) throw bug;
          return { confirmed: events, refused: [], batches: 1, bytes: 0 };
        },
      },
    });
    await expect(send(outgoingEvent(1, "a"))).rejects.toThrow(bug);
    isBroken = false;
    clock.advance(5);
    expect(await send(outgoingEvent(2, "a"))).toEqual({ kind: "confirmed" });
  });
});

type Part = Partial<SendReport>;

/** A sink that answers when the test says so. */
function sharing(options: Partial<SharedSendOptions> = {}) {
  const batches: (readonly OutgoingEvent[])[] = [];
  const timers: { readonly at: number; readonly call: () => void }[] = [];
  const clock = {
    now: 0,
    /** Lets time go by, and what waits for it come. */
    advance(ms: number): void {
      clock.now += ms;
      for (const due of timers.splice(0)) {
        if (due.at <= clock.now) due.call();
        else timers.push(due);
      }
    },
  };
  let pending: PromiseWithResolvers<SendReport> | undefined;
  const shared = createSharedSend({
    sink: {
      send(events) {
        batches.push(events);
        pending = Promise.withResolvers();
        return pending.promise;
      },
    },
    limitMs: 60_000,
    mostWaitingBytes: 1_000_000,
    mostBytesAtOnce: 1_000_000,
    sendsAtOnce: 1,
    gatherMs: 5,
    now: () => clock.now,
    after: (ms, call) => void timers.push({ at: clock.now + ms, call }),
    ...options,
  });
  function answer(make: (events: readonly OutgoingEvent[]) => Part): void {
    const sent = pending;
    pending = undefined;
    try {
      sent?.resolve({ confirmed: [], refused: [], batches: 1, bytes: 0, ...make(batches.at(-1) ?? []) });
    } catch (error) {
      sent?.reject(error);
    }
  }
  return { ...shared, batches, clock, answer, confirm: () => answer((events) => ({ confirmed: events })) };
}
