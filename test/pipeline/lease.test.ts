import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import {
  acquireLease,
  leaseTerms,
  type Acquired,
  type LeaseKeeper,
  type LeaseRequest,
} from "../../src/pipeline/lease.ts";
import type { LeaseStore } from "../../src/pipeline/ports.ts";
import { memoryCheckpoints, type MemoryFaults } from "../../src/state/memory-checkpoints.ts";
import { virtualClock } from "./virtual-clock.ts";

const ROUTE = "test@memory";
const TERMS = leaseTerms(90_000, 20_000);
const open = new AbortController().signal;

function underTest(faults: MemoryFaults = {}) {
  const clock = virtualClock();
  const store = memoryCheckpoints(faults);
  async function request(owner: string, changes: Partial<LeaseRequest> = {}): Promise<LeaseRequest> {
    const seen = await store.look(ROUTE);
    return { route: ROUTE, owner, store, clock, terms: TERMS, seen, signal: open, ...changes };
  }
  return {
    clock,
    store,
    acquire: async (owner: string, changes?: Partial<LeaseRequest>) => acquireLease(await request(owner, changes)),
    async hold(owner: string, changes?: Partial<LeaseRequest>): Promise<LeaseKeeper> {
      return keeperOf(await acquireLease(await request(owner, changes)));
    },
    /** A run that took the lease and died at once. */
    async dead(owner = "dead"): Promise<void> {
      await store.take(ROUTE, await store.look(ROUTE), owner);
    },
  };
}

function keeperOf(acquired: Acquired): LeaseKeeper {
  if (acquired.kind !== "held") throw new Error(`the lease is with ${acquired.owner}`);
  return acquired.keeper;
}

function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, "told to fail", { fix: "none" });
}

const mayStillSend = ({ mayStillSend: signal }: LeaseKeeper): boolean => !signal.aborted;

describe("a lease", () => {
  it("that is free is taken at once", async () => {
    const { clock, acquire } = underTest();
    expect(await acquire("a")).toMatchObject({ kind: "held", takenOver: false, sinceSeen: true });
    expect(clock.monotonicNow()).toBe(0);
  });

  it("whose owner shows that it lives is left to it", async () => {
    const { clock, acquire, hold } = underTest();
    const keeper = await hold("a");
    expect(await clock.passUntil(acquire("b"))).toEqual({ kind: "elsewhere", owner: "a" });
    expect(clock.monotonicNow()).toBeLessThanOrEqual(TERMS.renewEveryMs + TERMS.lookEveryMs);
    expect(() => keeper.assertHeld()).not.toThrow();
  });

  it("of a dead owner is taken over once it stood unchanged for a full term, by the watcher's own clock", async () => {
    const { clock, acquire, dead } = underTest();
    await dead();
    // However long the owner may be dead already, the watcher has not seen it.
    await clock.pass(10 * TERMS.termMs);
    const began = clock.monotonicNow();
    let got: Acquired | undefined;
    const acquiring = acquire("b").then((acquired) => (got = acquired));
    await clock.pass(TERMS.termMs - 1);
    expect(got).toBeUndefined();
    expect(await clock.passUntil(acquiring)).toMatchObject({ kind: "held", takenOver: true, sinceSeen: false });
    expect(clock.monotonicNow() - began).toBe(TERMS.termMs);
  });

  it("of a dead owner goes to one of those who wait for it", async () => {
    const { clock, acquire, dead } = underTest();
    await dead();
    const waiting = Promise.all(["b", "c", "d"].map((owner) => acquire(owner)));
    const kinds = (await clock.passUntil(waiting)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["elsewhere", "elsewhere", "held"]);
  });

  it("that is freed while it is watched is taken, and what was saved meanwhile must be read again", async () => {
    const { clock, acquire, hold } = underTest();
    const keeper = await hold("a");
    const acquiring = acquire("b");
    await clock.pass(TERMS.lookEveryMs / 2);
    await keeper.release();
    expect(await clock.passUntil(acquiring)).toMatchObject({ kind: "held", takenOver: false, sinceSeen: false });
    expect(clock.monotonicNow()).toBe(TERMS.lookEveryMs);
  });

  it("that somebody else took since it was seen is elsewhere", async () => {
    const { store, acquire, hold } = underTest();
    const seen = await store.look(ROUTE);
    await hold("a");
    expect(await acquire("b", { seen })).toEqual({ kind: "elsewhere", owner: "another run" });
  });

  it("that is waited for when the time is up ends the run, which is no failure", async () => {
    const { clock, acquire, dead } = underTest();
    await dead();
    const end = new AbortController();
    const acquiring = acquire("b", { signal: end.signal });
    const ended = expect(acquiring).rejects.toMatchObject({ code: "OUT_OF_TIME" });
    await clock.pass(30_000);
    end.abort();
    await ended;
  });

  it("is not waited for by a clock that is broken: that is a bug", async () => {
    const { clock, acquire, dead } = underTest();
    await dead();
    const broken = { monotonicNow: () => clock.monotonicNow(), wait: () => Promise.reject(new RangeError("bug")) };
    await expect(acquire("b", { clock: broken })).rejects.toThrow(RangeError);
  });

  it("says so when it cannot be looked at", async () => {
    let down = false;
    const { clock, acquire, dead } = underTest({
      before: ({ name }) => {
        if (down && name === "look") throw failure("STATE_UNAVAILABLE");
      },
    });
    await dead();
    const acquiring = acquire("b");
    const ended = expect(acquiring).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    await clock.pass(1);
    down = true;
    await clock.pass(TERMS.lookEveryMs);
    await ended;
  });
});

describe("the owner of a lease", () => {
  it("keeps it for as long as it works, and frees it when it is done", async () => {
    const { clock, store, acquire, hold } = underTest();
    const keeper = await hold("a");
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.pass(60_000);
      expect(() => keeper.assertHeld()).not.toThrow();
    }
    await keeper.release();
    expect(await store.look(ROUTE)).toMatchObject({ free: true, epoch: 1 });
    const before = clock.monotonicNow();
    expect(await acquire("b")).toMatchObject({ kind: "held", takenOver: false });
    expect(clock.monotonicNow()).toBe(before);
  });

  it("writes no row any more once it is done", async () => {
    const writes: string[] = [];
    const { clock, hold } = underTest({ before: ({ name }) => void writes.push(name) });
    const keeper = await hold("a");
    await keeper.release();
    const then = writes.length;
    await clock.pass(10 * TERMS.termMs);
    expect(writes).toHaveLength(then);
  });

  it("that was paused past its term sends nothing more, and does not touch the row that another took", async () => {
    const { clock, store, hold, acquire } = underTest();
    const keeper = await hold("paused");
    clock.jump(TERMS.termMs + 1);
    expect(() => keeper.assertHeld()).toThrow(expect.objectContaining({ code: "LEASE_LOST" }));
    await store.take(ROUTE, await store.look(ROUTE), "successor");
    const { mark } = await store.look(ROUTE);
    await clock.pass(0);
    expect(mayStillSend(keeper)).toBe(false);
    await keeper.release();
    expect(await store.look(ROUTE)).toEqual({ free: false, owner: "successor", epoch: 2, mark });
    expect(await clock.passUntil(acquire("third"))).toMatchObject({ takenOver: true });
  });

  it("that was paused past its term while nobody took it sends nothing more either", async () => {
    const { clock, hold } = underTest();
    const keeper = await hold("paused");
    clock.jump(TERMS.termMs - TERMS.sendMs);
    expect(() => keeper.assertHeld()).toThrow(BridgeError);
    await clock.pass(0);
    expect(mayStillSend(keeper)).toBe(false);
  });

  it("that was paused for less goes on", async () => {
    const { clock, hold } = underTest();
    const keeper = await hold("paused");
    clock.jump(TERMS.termMs - TERMS.sendMs - 1);
    expect(() => keeper.assertHeld()).not.toThrow();
    await clock.pass(60_000);
    expect(() => keeper.assertHeld()).not.toThrow();
    expect(mayStillSend(keeper)).toBe(true);
  });

  it("keeps it while storage fails for a moment", async () => {
    let renewals = 0;
    const { clock, acquire, hold } = underTest({
      before: ({ name }) => {
        if (name !== "renew") return;
        renewals += 1;
        if (clock.monotonicNow() >= 15_000 && clock.monotonicNow() < 55_000) throw failure("STATE_UNAVAILABLE");
      },
    });
    const keeper = await hold("a");
    await clock.pass(50_000);
    expect(renewals).toBeGreaterThan(10);
    expect(() => keeper.assertHeld()).not.toThrow();
    await clock.pass(200_000);
    expect(() => keeper.assertHeld()).not.toThrow();
    expect(await clock.passUntil(acquire("b"))).toEqual({ kind: "elsewhere", owner: "a" });
  });

  it.each(["fails", "hangs"])(
    "sends nothing more when storage %s until too little of the term is left",
    async (how) => {
      let down = false;
      const { clock, hold } = underTest({
        before: async ({ name }) => {
          if (!down || name !== "renew") return;
          if (how === "fails") throw failure("STATE_UNAVAILABLE");
          await clock.wait(1e9, open);
        },
      });
      const keeper = await hold("a");
      await clock.pass(TERMS.renewEveryMs);
      down = true;
      await clock.pass(TERMS.termMs - TERMS.sendMs - 1);
      expect(mayStillSend(keeper)).toBe(true);
      await clock.pass(1);
      expect(mayStillSend(keeper)).toBe(false);
      expect(() => keeper.assertHeld()).toThrow(BridgeError);
    },
  );

  it("sends nothing more as soon as it learns that another run has it", async () => {
    const { clock, store, hold } = underTest();
    const keeper = await hold("a");
    await store.take(ROUTE, await store.look(ROUTE), "b");
    await clock.pass(TERMS.renewEveryMs - 1);
    expect(mayStillSend(keeper)).toBe(true);
    await clock.pass(1);
    expect(mayStillSend(keeper)).toBe(false);
    expect(() => keeper.assertHeld()).toThrow(expect.objectContaining({ code: "LEASE_LOST" }));
  });

  it("learns it from a save as well", async () => {
    const { store, hold } = underTest();
    const keeper = await hold("a");
    await store.take(ROUTE, await store.look(ROUTE), "b");
    const saving = keeper.save(async (lease) => ({ lease: await store.renew(ROUTE, lease) }));
    await expect(saving).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(mayStillSend(keeper)).toBe(false);
    await keeper.release();
  });

  it("keeps sending after a save that failed for another reason", async () => {
    const { hold } = underTest();
    const keeper = await hold("a");
    await expect(keeper.save(() => Promise.reject(failure("STATE_TOO_LARGE")))).rejects.toBeInstanceOf(BridgeError);
    expect(mayStillSend(keeper)).toBe(true);
    await keeper.release();
  });

  it("needs no renewals while it saves often", async () => {
    let renewals = 0;
    const { clock, store, hold } = underTest({ before: ({ name }) => void (renewals += name === "renew" ? 1 : 0) });
    const keeper = await hold("a");
    for (let saves = 1; saves <= 30; saves += 1) {
      await clock.pass(10_000);
      await keeper.save(async (lease) => ({ lease: await store.renew(ROUTE, lease) }));
      expect(renewals).toBe(saves);
    }
  });

  it("does not count a save that left the row alone as a renewal", async () => {
    let down = false;
    const { clock, hold } = underTest({
      before: ({ name }) => {
        if (down && name === "renew") throw failure("STATE_UNAVAILABLE");
      },
    });
    const keeper = await hold("a");
    down = true;
    await clock.pass(TERMS.termMs - TERMS.sendMs - 1);
    await keeper.save(async () => ({}));
    await clock.pass(1);
    expect(mayStillSend(keeper)).toBe(false);
  });

  it("counts its term from before a slow save, not from its answer", async () => {
    let down = false;
    const { clock, store, hold } = underTest({
      before: ({ name }) => {
        if (down && name === "renew") throw failure("STATE_UNAVAILABLE");
      },
    });
    const keeper = await hold("a");
    await clock.pass(1000);
    await clock.passUntil(
      keeper.save(async (lease) => {
        const renewed = await store.renew(ROUTE, lease);
        await clock.wait(10_000, open);
        return { lease: renewed };
      }),
    );
    down = true;
    await clock.pass(TERMS.termMs - TERMS.sendMs - 10_000 - 1);
    expect(mayStillSend(keeper)).toBe(true);
    await clock.pass(1);
    expect(mayStillSend(keeper)).toBe(false);
  });

  it("never saves and renews at once", async () => {
    const { clock, store, hold } = underTest();
    let atOnce = 0;
    let most = 0;
    async function slow<Result>(work: Promise<Result>): Promise<Result> {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await clock.wait(7000, open);
      atOnce -= 1;
      return work;
    }
    let renewals = 0;
    const slowStore: LeaseStore = {
      ...store,
      renew: (...args) => {
        renewals += 1;
        return slow(store.renew(...args));
      },
    };
    const keeper = await hold("a", { store: slowStore });
    const saves: Promise<unknown>[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      await clock.pass(11_000);
      if (turn % 3 === 0) {
        saves.push(keeper.save(async (lease) => ({ lease: await slow(store.renew(ROUTE, lease)) })));
      }
    }
    await clock.passUntil(Promise.all(saves));
    expect(most).toBe(1);
    expect(renewals).toBeGreaterThan(5);
    expect(() => keeper.assertHeld()).not.toThrow();
    await clock.passUntil(keeper.release());
  });

  it("frees it after a save that is under way", async () => {
    const { clock, store, hold } = underTest();
    const keeper = await hold("a");
    const saving = keeper.save(async (lease) => {
      await clock.wait(5000, open);
      return { lease: await store.renew(ROUTE, lease) };
    });
    await clock.passUntil(Promise.all([saving, keeper.release()]));
    expect(await store.look(ROUTE)).toMatchObject({ free: true });
  });

  it.each(["renew", "wait"])("fails the run at its end when there is a bug in: %s", async (where) => {
    const { clock, hold } = underTest({
      before: ({ name }) => {
        if (name === where) throw new RangeError("bug");
      },
    });
    const wait: typeof clock.wait = (ms, signal) =>
      where === "wait" ? Promise.reject(new RangeError("bug")) : clock.wait(ms, signal);
    const keeper = await hold("a", { clock: { monotonicNow: () => clock.monotonicNow(), wait } });
    await clock.pass(TERMS.renewEveryMs);
    expect(mayStillSend(keeper)).toBe(false);
    await expect(keeper.release()).rejects.toThrow(RangeError);
  });
});
