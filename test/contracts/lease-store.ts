// What every store promises about leases and about saves under one. Each implementation runs this suite.
import { beforeAll, describe, expect, it } from "vitest";
import type { CheckpointStore, HeldLease, LeaseStore } from "../../src/pipeline/ports.ts";
import {
  eventIds,
  hex,
  ledgerIds,
  letter,
  segmentChange,
  type CheckpointStoreUnderTest,
} from "./checkpoint-samples.ts";

export interface LeaseStoreUnderTest extends CheckpointStoreUnderTest {
  readonly store: CheckpointStore & LeaseStore;
}

/** Takes a lease that nobody else wants. */
export async function takeLease(store: LeaseStore, route: string, owner: string): Promise<HeldLease> {
  const lease = await store.take(route, await store.look(route), owner);
  if (lease === undefined) throw new Error(`${owner} did not get the lease of ${route}.`);
  return lease;
}

/** `open` gives an empty store. */
export function describeLeaseStore(name: string, open: () => Promise<LeaseStoreUnderTest>): void {
  describe(`${name} as a lease store`, () => {
    let store: CheckpointStore & LeaseStore;
    let deadLetterIds: CheckpointStoreUnderTest["deadLetterIds"];
    let routes = 0;
    const newRoute = () => `leased ${(routes += 1)}@hub`;
    beforeAll(async () => {
      ({ store, deadLetterIds } = await open());
    });

    describe("a lease", () => {
      it("is free when it was never taken", async () => {
        expect(await store.look(newRoute())).toEqual({ free: true, epoch: 0 });
      });

      it("is its owner's once taken, and everybody sees so", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "run one");
        expect(lease).toMatchObject({ owner: "run one", epoch: 1 });
        expect(await store.look(route)).toEqual({ free: false, ...lease });
      });

      it("goes to exactly one of several who saw the same", async () => {
        const route = newRoute();
        for (const round of [1, 2]) {
          const seen = await store.look(route);
          const owners = Array.from({ length: 5 }, (_, index) => `run ${round}.${index}`);
          const taken = await Promise.all(owners.map((owner) => store.take(route, seen, owner)));
          const leases = taken.filter((lease) => lease !== undefined);
          expect(leases).toHaveLength(1);
          expect(leases[0]?.epoch).toBe(round);
          expect(await store.look(route)).toEqual({ free: false, ...leases[0] });
        }
      });

      it("is not taken over by one who saw it before its owner renewed it", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        const seen = await store.look(route);
        const renewed = await store.renew(route, lease);
        expect(renewed).toMatchObject({ owner: "one", epoch: 1 });
        expect(renewed.mark).not.toBe(lease.mark);
        expect(await store.take(route, seen, "two")).toBeUndefined();
        expect(await store.look(route)).toEqual({ free: false, ...renewed });
      });

      it("passes to one who saw it unchanged, with the next epoch, and is lost for its owner", async () => {
        const route = newRoute();
        const lost = await takeLease(store, route, "one");
        const held = await takeLease(store, route, "two");
        expect(held).toMatchObject({ owner: "two", epoch: 2 });
        await expect(store.renew(route, lost)).rejects.toMatchObject({
          code: "LEASE_LOST",
          message: expect.stringMatching(/two/),
        });
        await store.release(route, lost);
        expect(await store.look(route)).toEqual({ free: false, ...held });
      });

      it("is another one when the same owner takes it again", async () => {
        const route = newRoute();
        const lost = await takeLease(store, route, "one");
        await takeLease(store, route, "one");
        await expect(store.renew(route, lost)).rejects.toMatchObject({ code: "LEASE_LOST" });
      });

      it("is free after its release, and keeps counting", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        await store.release(route, lease);
        const seen = await store.look(route);
        expect(seen).toMatchObject({ free: true, epoch: 1 });
        expect(seen.owner).toBeUndefined();
        await expect(store.renew(route, lease)).rejects.toMatchObject({ code: "LEASE_LOST" });
        expect(await takeLease(store, route, "two")).toMatchObject({ owner: "two", epoch: 2 });
      });

      it("is released once: a second release leaves the next owner alone", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        await store.release(route, lease);
        await store.release(route, lease);
        const held = await takeLease(store, route, "two");
        await store.release(route, lease);
        expect(await store.look(route)).toEqual({ free: false, ...held });
      });

      it("is still held after a renewal whose answer its owner never saw", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        await store.renew(route, lease);
        const renewed = await store.renew(route, lease);
        const saved = await store.save(route, segmentChange(1), undefined, lease);
        expect(saved.lease?.mark).not.toBe(renewed.mark);
        await store.release(route, lease);
        expect(await store.look(route)).toMatchObject({ free: true, epoch: 1 });
      });

      it("belongs to one route", async () => {
        const route = newRoute();
        await takeLease(store, route, "one");
        expect(await takeLease(store, newRoute(), "two")).toMatchObject({ epoch: 1 });
        expect(await store.look(route)).toMatchObject({ owner: "one" });
      });

      it("takes owners of any name", async () => {
        const route = newRoute();
        const owner = "Gebäude 7/3 #1 🏢 'x'";
        expect(await store.look(route).then((seen) => store.take(route, seen, owner))).toMatchObject({ owner });
        expect(await store.look(route)).toMatchObject({ owner });
      });

      it("is no checkpoint, and compaction leaves it alone", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        expect(await store.load(route)).toBeUndefined();
        await store.compactLedger(route, Date.UTC(2030, 0));
        expect(await store.look(route)).toEqual({ free: false, ...lease });
      });
    });

    describe("a save under a lease", () => {
      it("renews it: each save follows the one before", async () => {
        const route = newRoute();
        let lease: HeldLease | undefined = await takeLease(store, route, "one");
        let revision: string | undefined;
        const marks = new Set([lease.mark]);
        for (let number = 1; number <= 3; number += 1) {
          ({ revision, lease } = await store.save(route, segmentChange(number), revision, lease));
          expect(await store.look(route)).toEqual({ free: false, ...lease });
          marks.add(String(lease?.mark));
        }
        expect(lease).toMatchObject({ owner: "one", epoch: 1 });
        expect(marks.size).toBe(4);
        expect(await store.load(route)).toEqual({ checkpoint: segmentChange(3).checkpoint, revision });
        expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 3)));
      });

      it("keeps one who saw it before from taking over", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        const seen = await store.look(route);
        await store.save(route, segmentChange(1), undefined, lease);
        expect(await store.take(route, seen, "two")).toBeUndefined();
      });

      it("is LEASE_LOST after a take-over, and nothing of it is stored", async () => {
        const route = newRoute();
        const lost = await takeLease(store, route, "one");
        const first = await store.save(route, segmentChange(1), undefined, lost);
        const held = await takeLease(store, route, "two");
        const change = { ...segmentChange(2), deadLetters: [letter(1)] };
        const late = store.save(route, change, first.revision, first.lease);
        await expect(late).rejects.toMatchObject({ code: "LEASE_LOST", message: expect.stringMatching(/two/) });
        expect((await store.load(route))?.revision).toBe(first.revision);
        expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 1)));
        expect(await deadLetterIds(route)).toEqual([]);
        expect(await store.look(route)).toEqual({ free: false, ...held });
        await store.save(route, segmentChange(2), first.revision, held);
      });

      it("is LEASE_LOST also when the successor has saved already, or has released it", async () => {
        const route = newRoute();
        const lost = await takeLease(store, route, "one");
        const held = await takeLease(store, route, "two");
        const saved = await store.save(route, segmentChange(1), undefined, held);
        const late = () => store.save(route, segmentChange(2), undefined, lost);
        await expect(late()).rejects.toMatchObject({ code: "LEASE_LOST" });
        await store.release(route, held);
        await expect(late()).rejects.toMatchObject({ code: "LEASE_LOST" });
        expect((await store.load(route))?.revision).toBe(saved.revision);
      });

      it("is LEASE_LOST for a first save when the lease was never taken", async () => {
        const route = newRoute();
        const { mark } = await takeLease(store, newRoute(), "one");
        const save = store.save(route, segmentChange(1), undefined, { owner: "one", epoch: 1, mark });
        await expect(save).rejects.toMatchObject({ code: "LEASE_LOST" });
        expect(await store.load(route)).toBeUndefined();
      });

      it("is STATE_CONFLICT while the lease is held but somebody saved without one, and does not renew it", async () => {
        const route = newRoute();
        const lease = await takeLease(store, route, "one");
        const other = await store.save(route, segmentChange(1), undefined);
        const late = store.save(route, segmentChange(2), undefined, lease);
        await expect(late).rejects.toMatchObject({ code: "STATE_CONFLICT" });
        expect((await store.load(route))?.revision).toBe(other.revision);
        expect(await store.look(route)).toEqual({ free: false, ...lease });
      });

      it("wins or loses as a whole against a take-over at the same moment", async () => {
        for (let round = 0; round < 5; round += 1) {
          const route = newRoute();
          const lease = await takeLease(store, route, "one");
          const seen = await store.look(route);
          const [save, take] = await Promise.allSettled([
            store.save(route, segmentChange(1), undefined, lease),
            store.take(route, seen, "two"),
          ]);
          const saved = save.status === "fulfilled";
          expect(take).toMatchObject({ status: "fulfilled" });
          expect(take.status === "fulfilled" && take.value === undefined).toBe(saved);
          expect((await store.load(route)) !== undefined).toBe(saved);
          expect(await store.look(route)).toMatchObject({ owner: saved ? "one" : "two" });
        }
      });
    });
  });
}
