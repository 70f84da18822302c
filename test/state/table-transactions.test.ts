// How many storage transactions the table store needs, and how it reads page by page.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { CheckpointStore } from "../../src/pipeline/ports.ts";
import { routeKey } from "../../src/state/route-key.ts";

import {
  eventIds,
  hour,
  ledgerIds,
  letter,
  noon,
  segmentChange,
  someCheckpoint,
} from "../contracts/checkpoint-samples.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { fill, newRoute, openFaultyTable, type FaultyTable } from "./faulty-table.ts";

describe("tableCheckpoints and transactions", () => {
  let faulty: FaultyTable;
  let store: CheckpointStore;
  let proxy: FaultProxy;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ store, proxy } = faulty);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  describe("a short page with a continuation token", () => {
    it.each(["ledger", "runs"])("does not end the reading: %s", async (what) => {
      const route = newRoute();
      await store.save(route, segmentChange(1), undefined);
      await store.recordRun(route, { runId: "a", at: noon, summary: {} });
      const headers = {
        "content-type": "application/json;odata=minimalmetadata",
        // Opaque to the SDK; this is how the emulator writes them.
        "x-ms-continuation-nextpartitionkey": base64(routeKey(route)),
        "x-ms-continuation-nextrowkey": base64(what === "ledger" ? "ledger-" : "run-"),
      };
      proxy.reset();
      proxy.meet(() => ({ status: 200, headers, body: '{"value":[]}' }));
      const read = what === "ledger" ? await ledgerIds(store, route, 0) : await store.listRuns(route, 5);
      expect(read).toHaveLength(1);
      expect(proxy.requests).toHaveLength(2);
    });
  });

  describe("storage transactions", () => {
    it("are one for a load, a ledger of many segments and a save of any size", async () => {
      const route = newRoute();
      const revision = await fill(store, route, 60);
      const large = {
        checkpoint: someCheckpoint({ nextSegment: 61 }),
        segment: { filedTo: noon + hour, ids: eventIds(100, 100_000) },
        deadLetters: Array.from({ length: 50 }, (_, index) => letter(index)),
      };
      expect(await count(proxy, () => store.save(route, large, revision))).toBe(1);
      expect(await count(proxy, () => store.load(route))).toBe(1);
      expect(await count(proxy, () => ledgerIds(store, route, noon))).toBe(1);
      await store.compactLedger(route, noon);
      expect(await count(proxy, () => store.compactLedger(route, noon))).toBe(1);
      expect(await count(proxy, () => store.recordRun(route, { runId: "one", at: noon, summary: {} }))).toBe(1);
      expect(await count(proxy, () => store.pruneRuns(route, noon))).toBe(1);
    });
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function count(proxy: FaultProxy, work: () => Promise<unknown>): Promise<number> {
  proxy.reset();
  await work();
  return proxy.requests.length;
}
