// The table store when answers to a save get lost: it reads back what it holds.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { CheckpointStore } from "../../src/pipeline/ports.ts";

import { tableCheckpoints } from "../../src/state/table-checkpoints.ts";
import { eventIds, hex, ledgerIds, noon, segmentChange } from "../contracts/checkpoint-samples.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import {
  busy,
  drop,
  impatient,
  lateAnswer,
  lostAnswer,
  newRoute,
  openFaultyTable,
  type FaultyTable,
} from "./faulty-table.ts";

describe("tableCheckpoints when answers are lost", () => {
  let faulty: FaultyTable;
  let store: CheckpointStore;
  let proxy: FaultProxy;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ store, proxy } = faulty);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  describe("a save whose answer is lost", () => {
    it("succeeds for a first save when the connection drops and the SDK tries again", async () => {
      const route = newRoute();
      proxy.meet(lostAnswer);
      const saved = await store.save(route, segmentChange(1), undefined);
      expect(await store.load(route)).toEqual(saved);
      expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 1)));
    });

    it("succeeds when the answer never comes and the SDK tries again", async () => {
      const route = newRoute();
      const waiting = tableCheckpoints(faulty.open(faulty.direct.tableName, impatient));
      proxy.meet(lateAnswer);
      const saved = await waiting.save(route, segmentChange(1), undefined);
      expect(await store.load(route)).toEqual(saved);
    });

    it("succeeds for a later save, and the next one can follow it", async () => {
      const route = newRoute();
      const first = await store.save(route, segmentChange(1), undefined);
      proxy.meet(lostAnswer);
      const second = await store.save(route, segmentChange(2), first.revision);
      await store.save(route, segmentChange(3), second.revision);
      expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 3)));
    });

    it("succeeds when every try gets lost but reading back works", async () => {
      const route = newRoute();
      proxy.meet(lostAnswer, lostAnswer, lostAnswer);
      const saved = await store.save(route, segmentChange(1), undefined);
      expect(await store.load(route)).toEqual(saved);
    });

    it("succeeds when the answer is cut short", async () => {
      const route = newRoute();
      proxy.meet(async (_request, forward) => {
        await forward();
        return { status: 202, headers: { "content-type": "multipart/mixed" }, body: "--batch" };
      });
      const saved = await store.save(route, segmentChange(1), undefined);
      expect(await store.load(route)).toEqual(saved);
    });

    it("is STATE_CONFLICT when another run's save came first", async () => {
      const route = newRoute();
      const first = await store.save(route, segmentChange(1), undefined);
      const other = await store.save(route, segmentChange(2), first.revision);
      proxy.meet(lostAnswer);
      await expect(store.save(route, segmentChange(3), first.revision)).rejects.toMatchObject({
        code: "STATE_CONFLICT",
      });
      expect(await store.load(route)).toEqual(other);
    });

    it("is STATE_UNAVAILABLE when the save never arrived", async () => {
      const route = newRoute();
      proxy.meet(drop, drop, drop);
      await expect(store.save(route, segmentChange(1), undefined)).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
      expect(await store.load(route)).toBeUndefined();
    });

    it("is STATE_UNAVAILABLE when reading back fails too", async () => {
      proxy.meet(...Array.from({ length: 6 }, () => busy));
      await expect(store.save(newRoute(), segmentChange(1), undefined)).rejects.toMatchObject({
        code: "STATE_UNAVAILABLE",
      });
    });
  });

  it("tells that a run could not be noted", async () => {
    proxy.meet(busy, busy, busy);
    await expect(store.recordRun(newRoute(), { runId: "a", at: noon, summary: {} })).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
    });
  });
});
