// Leases on a table when answers get lost, storage misbehaves or somebody damaged the row.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CheckpointStore, LeaseStore } from "../../src/pipeline/ports.ts";
import { routeKey } from "../../src/state/route-key.ts";
import { eventIds, hex, ledgerIds, segmentChange } from "../contracts/checkpoint-samples.ts";
import { takeLease } from "../contracts/lease-store.ts";
import type { Fault, FaultProxy } from "./fault-proxy.ts";
import {
  busy,
  drop,
  lostAnswer,
  newRoute,
  openFaultyTable,
  refused,
  webPage,
  type FaultyTable,
} from "./faulty-table.ts";

describe("tableLeases when storage misbehaves", () => {
  let faulty: FaultyTable;
  let store: CheckpointStore & LeaseStore;
  let proxy: FaultProxy;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ store, proxy } = faulty);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  const lost: [string, readonly Fault[]][] = [
    ["the answer is lost and the SDK's second try refused", [lostAnswer]],
    ["every answer is lost", [lostAnswer, lostAnswer, lostAnswer]],
    [
      "the answer is cut short",
      [
        async (_request, forward) => {
          await forward();
          return { status: 202, headers: { "content-type": "multipart/mixed" }, body: "--batch" };
        },
      ],
    ],
  ];

  describe.each(lost)("%s", (_, faults) => {
    it("has taken the lease", async () => {
      const route = newRoute();
      for (const owner of ["one", "two"]) {
        const seen = await store.look(route);
        proxy.meet(...faults);
        const lease = await store.take(route, seen, owner);
        expect(await store.look(route)).toEqual({ free: false, ...lease, owner });
      }
    });

    it("has renewed it", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      proxy.meet(...faults);
      const renewed = await store.renew(route, lease);
      expect(renewed.mark).not.toBe(lease.mark);
      expect(await store.look(route)).toEqual({ free: false, ...renewed });
    });

    it("has released it", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      proxy.meet(...faults);
      await store.release(route, lease);
      expect(await store.look(route)).toMatchObject({ free: true, epoch: 1 });
    });

    it("has saved under it, once", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      const first = await store.save(route, segmentChange(1), undefined, lease);
      proxy.meet(...faults);
      const second = await store.save(route, segmentChange(2), first.revision, first.lease);
      expect(await store.load(route)).toEqual({ checkpoint: second.checkpoint, revision: second.revision });
      expect(await store.look(route)).toEqual({ free: false, ...second.lease });
      expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 2)));
      await store.save(route, segmentChange(3), second.revision, second.lease);
    });
  });

  describe("somebody comes in before the answer is read back", () => {
    it("a lease taken over meanwhile is not ours", async () => {
      const route = newRoute();
      const seen = await store.look(route);
      proxy.meet(meanwhile(() => takeLease(store, route, "two")));
      expect(await store.take(route, seen, "one")).toBeUndefined();
      expect(await store.look(route)).toMatchObject({ owner: "two", epoch: 2 });
    });

    it("a renewal is LEASE_LOST", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      proxy.meet(meanwhile(() => takeLease(store, route, "two")));
      await expect(store.renew(route, lease)).rejects.toMatchObject({ code: "LEASE_LOST" });
    });

    it("a release leaves the next owner alone", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      proxy.meet(meanwhile(() => takeLease(store, route, "two")));
      await store.release(route, lease);
      expect(await store.look(route)).toMatchObject({ free: false, owner: "two", epoch: 2 });
    });

    it("a save that was done is LEASE_LOST too, so that the run ends; it stays done", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      proxy.meet(meanwhile(() => takeLease(store, route, "two")));
      const save = store.save(route, segmentChange(1), undefined, lease);
      await expect(save).rejects.toMatchObject({ code: "LEASE_LOST" });
      expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 1)));
    });

    it("a save is done when only its own run renewed the lease meanwhile", async () => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      proxy.meet(meanwhile(() => store.renew(route, lease)));
      const saved = await store.save(route, segmentChange(1), undefined, lease);
      expect(await store.look(route)).toEqual({ free: false, ...saved.lease });
    });
  });

  it("says LEASE_LOST, not STATE_UNAVAILABLE, when no answer came and the lease is gone", async () => {
    const route = newRoute();
    const lease = await takeLease(store, route, "one");
    await takeLease(store, route, "two");
    proxy.meet(drop, drop, drop);
    const save = store.save(route, segmentChange(1), undefined, lease);
    await expect(save).rejects.toMatchObject({ code: "LEASE_LOST" });
  });

  it("says LEASE_LOST when somebody deleted the row", async () => {
    const route = newRoute();
    const lease = await takeLease(store, route, "one");
    await faulty.direct.deleteEntity(routeKey(route), "lease");
    const nobody = { code: "LEASE_LOST", message: expect.stringMatching(/nobody/) };
    await expect(store.renew(route, lease)).rejects.toMatchObject(nobody);
    await expect(store.save(route, segmentChange(1), undefined, lease)).rejects.toMatchObject(nobody);
    await store.release(route, lease);
    expect(await store.look(route)).toEqual({ free: true, epoch: 0 });
  });

  it("gives up renewing, saving and releasing when the service refuses what it shows as ours", async () => {
    const route = newRoute();
    const lease = await takeLease(store, route, "one");
    const stubborn = async (work: () => Promise<unknown>) => {
      proxy.reset();
      const refuseAll: Fault = async (request, forward) => {
        proxy.meet(refuseAll);
        // A new mark each time it is read.
        if (request.method === "GET") {
          await faulty.direct.updateEntity({ partitionKey: routeKey(route), rowKey: "lease", odd: 1 }, "Merge");
          return forward();
        }
        return refused(412, "UpdateConditionNotSatisfied")(request, forward);
      };
      proxy.meet(refuseAll);
      const outcome = await work().then(
        () => "done",
        (error: unknown) => error,
      );
      proxy.reset();
      return outcome;
    };
    expect(await stubborn(() => store.renew(route, lease))).toMatchObject({ code: "LEASE_LOST" });
    const save = () => store.save(route, segmentChange(1), undefined, lease);
    expect(await stubborn(save)).toMatchObject({ code: "STATE_CONFLICT" });
    expect(await stubborn(() => store.release(route, lease))).toBe("done");
    expect(await store.load(route)).toBeUndefined();
  });

  describe("absent is not failed", () => {
    it.each<[string, Fault, string]>([
      ["503 for as long as it tries", busy, "STATE_UNAVAILABLE"],
      ["403", refused(403, "AuthorizationFailure"), "STATE_DENIED"],
      ["404 of something else", refused(404, "AccountNotFound"), "STATE_UNREADABLE"],
      ["a web page", webPage, "STATE_UNREADABLE"],
    ])("a look that meets %s", async (_, fault, code) => {
      proxy.meet(fault, fault, fault);
      await expect(store.look(newRoute())).rejects.toMatchObject({ code });
    });

    it("a write that never arrived is STATE_UNAVAILABLE, and changes nothing", async () => {
      const route = newRoute();
      const seen = await store.look(route);
      proxy.meet(drop, drop, drop);
      await expect(store.take(route, seen, "one")).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
      const lease = await takeLease(store, route, "one");
      proxy.meet(drop, drop, drop);
      await expect(store.renew(route, lease)).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
      proxy.meet(drop, drop, drop);
      await expect(store.save(route, segmentChange(1), undefined, lease)).rejects.toMatchObject({
        code: "STATE_UNAVAILABLE",
      });
      expect(await store.look(route)).toEqual({ free: false, ...lease });
      expect(await store.load(route)).toBeUndefined();
    });

    it("a write the identity may not do is STATE_DENIED", async () => {
      proxy.meet(refused(403, "AuthorizationPermissionMismatch"));
      await expect(store.take(newRoute(), { free: true, epoch: 0 }, "one")).rejects.toMatchObject({
        code: "STATE_DENIED",
      });
    });
  });

  describe("a damaged row", () => {
    it.each<[string, Record<string, unknown>]>([
      ["no status that ever was", { status: "open" }],
      ["no owner", { owner: "" }],
      ["an owner of the wrong type", { owner: 7 }],
      ["an epoch that is text", { epoch: "1" }],
      ["an epoch before the first", { epoch: 0 }],
      ["an epoch between two", { epoch: 1.5 }],
      ["a newer schema", { schemaVersion: 2 }],
    ])("is STATE_UNREADABLE and never free: %s", async (_, change) => {
      const route = newRoute();
      const lease = await takeLease(store, route, "one");
      await faulty.direct.updateEntity({ partitionKey: routeKey(route), rowKey: "lease", ...change }, "Merge");
      const unreadable = { code: "STATE_UNREADABLE", fix: expect.stringMatching(/row lease/) };
      await expect(store.look(route)).rejects.toMatchObject(unreadable);
      await expect(store.renew(route, lease)).rejects.toMatchObject(unreadable);
      await expect(store.save(route, segmentChange(1), undefined, lease)).rejects.toMatchObject(unreadable);
      await expect(store.release(route, lease)).rejects.toMatchObject(unreadable);
      expect(await store.load(route)).toBeUndefined();
    });

    it("is STATE_UNREADABLE when it is empty", async () => {
      const route = newRoute();
      await faulty.direct.createEntity({ partitionKey: routeKey(route), rowKey: "lease" });
      await expect(store.look(route)).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
    });
  });

  it("needs one storage transaction for a look, a take, a renewal, a save under it and a release", async () => {
    const route = newRoute();
    const seen = await oneRequest(proxy, () => store.look(route));
    const taken = await oneRequest(proxy, () => store.take(route, seen, "one"));
    if (taken === undefined) throw new Error("not taken");
    const renewed = await oneRequest(proxy, () => store.renew(route, taken));
    const { lease } = await oneRequest(proxy, () => store.save(route, segmentChange(1), undefined, renewed));
    if (lease === undefined) throw new Error("no lease");
    await oneRequest(proxy, () => store.release(route, lease));
    expect(await store.look(route)).toMatchObject({ free: true });
  });
});

/** Does the work after the first request was done, then loses its answer. */
function meanwhile(work: () => Promise<unknown>): Fault {
  return async (_request, forward): Promise<"drop"> => {
    await forward();
    await work();
    return "drop";
  };
}

async function oneRequest<Result>(proxy: FaultProxy, work: () => Promise<Result>): Promise<Result> {
  proxy.reset();
  const result = await work();
  expect(proxy.requests).toHaveLength(1);
  return result;
}
