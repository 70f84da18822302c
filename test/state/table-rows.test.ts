// The table store when someone else changed its rows.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { CheckpointStore } from "../../src/pipeline/ports.ts";
import { routeKey } from "../../src/state/route-key.ts";

import { eventIds, hex, ledgerIds, noon, segmentChange } from "../contracts/checkpoint-samples.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { ledgerRowKeys, newRoute, openFaultyTable, type FaultyTable } from "./faulty-table.ts";

describe("tableCheckpoints and rows that others changed", () => {
  let faulty: FaultyTable;
  let store: CheckpointStore;
  let proxy: FaultProxy;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ store, proxy } = faulty);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  const damages: [string, Record<string, unknown>][] = [
    ["no schema version that ever was", { schemaVersion: 0 }],
    ["a schema version that is text", { schemaVersion: "1" }],
    ["a watermark that is no time", { watermark: "yesterday" }],
    ["a watermark of the wrong type", { watermark: 12 }],
    ["an impossible day", { start: "2026-13-41T00:00:00.000Z" }],
    ["parts that are no JSON", { parts: '{"a":' }],
    ["parts that are a list", { parts: "[]" }],
    ["a part without progress", { parts: '{"a":{}}' }],
    ["a part that is null", { parts: '{"a":null}' }],
    ["a hint that is a number", { parts: '{"a":{"doneTo":"2026-11-20T00:00:00Z","hint":1}}' }],
    ["parts of the wrong type", { parts: 7 }],
    ["a lookback without an end", { lookback: '{"a":{"from":"2026-11-20T00:00:00Z"}}' }],
    ["a negative segment", { nextSegment: -1 }],
    ["a segment that is text", { nextSegment: "3" }],
    ["sending that is no text", { sending: 1 }],
    ["sending that is no JSON", { sending: "yes" }],
    ["positions that are null", { sending: '{"positions":null}' }],
    ["a window that is text", { parts: '{"a":{"doneTo":"2026-11-20T00:00:00Z","windowMs":"1"}}' }],
    ["a window of no length", { parts: '{"a":{"doneTo":"2026-11-20T00:00:00Z","windowMs":0}}' }],
    ["a pause without a time", { paused: '{"by":"anna","reason":"x"}' }],
    ["a pause by nobody", { paused: '{"reason":"x","since":"2026-11-20T08:00:00.000Z"}' }],
    ["gaps that are no list", { gaps: "{}" }],
    ["gaps that are no text", { gaps: 1 }],
    ["a gap that is null", { gaps: "[null]" }],
    ["a gap without a part", { gaps: '[{"reason":"x"}]' }],
    ["a gap without times", { gaps: '[{"part":"","reason":"x"}]' }],
    ["an end of reading back without a hub", { sending: '{"upTo":{"partitions":{}}}' }],
    ["positions of no hub", { sending: '{"positions":{"partitions":{}}}' }],
    ["positions without partitions", { sending: '{"positions":{"hub":"a"}}' }],
    ["a position that is text", { sending: '{"positions":{"hub":"a","partitions":{"0":"1"}}}' }],
    ["a position before the first", { sending: '{"positions":{"hub":"a","partitions":{"0":-2}}}' }],
    ["a position between two", { sending: '{"positions":{"hub":"a","partitions":{"0":0.5}}}' }],
  ];
  it.each(damages)("stop the run with STATE_UNREADABLE: %s", async (_, change) => {
    const route = newRoute();
    await store.save(route, segmentChange(1), undefined);
    await damage(faulty, route, change);
    await expect(store.load(route)).rejects.toMatchObject({
      code: "STATE_UNREADABLE",
      fix: expect.stringMatching(/./),
    });
  });

  it("stop the run when a newer bridge wrote the checkpoint, and say so", async () => {
    const route = newRoute();
    await store.save(route, segmentChange(1), undefined);
    await damage(faulty, route, { schemaVersion: 2 });
    await expect(store.load(route)).rejects.toMatchObject({
      code: "STATE_UNREADABLE",
      fix: expect.stringMatching(/newer version/),
    });
  });

  it("stop the run when a part of the row is gone", async () => {
    const route = newRoute();
    await faulty.direct.createEntity({ partitionKey: routeKey(route), rowKey: "checkpoint", schemaVersion: 1 });
    await expect(store.load(route)).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
  });

  it("may be corrected by hand in plain text", async () => {
    const route = newRoute();
    await store.save(route, segmentChange(1), undefined);
    await damage(faulty, route, { watermark: "2026-11-19T08:00Z" });
    expect((await store.load(route))?.checkpoint.watermark).toBe(Date.UTC(2026, 10, 19, 8));
  });

  it("stop the run when a ledger row lost ids", async () => {
    const route = newRoute();
    await store.save(route, segmentChange(1), undefined);
    const [row] = await ledgerRowKeys(faulty.direct, route);
    for (const change of [{ ids: new Uint8Array(5) }, { ids: "text" }, { filedTo: "x" }]) {
      await faulty.direct.updateEntity({ partitionKey: routeKey(route), rowKey: String(row), ...change }, "Merge");
      await expect(ledgerIds(store, route, 0)).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
    }
  });

  it("are told when a run's row is malformed", async () => {
    const route = newRoute();
    for (const summary of ["no JSON", "7", 7]) {
      await faulty.direct.upsertEntity({
        partitionKey: routeKey(route),
        rowKey: "run-1",
        runId: "a",
        at: "2026-11-20T00:00:00Z",
        summary,
      });
      await expect(store.listRuns(route, 1)).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
    }
  });

  it("begin again after the checkpoint row was deleted, with the ledger kept", async () => {
    const route = newRoute();
    await store.save(route, segmentChange(1), undefined);
    await faulty.direct.deleteEntity(routeKey(route), "checkpoint");
    expect(await store.load(route)).toBeUndefined();
    await store.save(route, { ...segmentChange(1), segment: { filedTo: noon, ids: eventIds(7, 1) } }, undefined);
    expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 1), eventIds(7, 1)));
  });
});

async function damage({ direct }: FaultyTable, route: string, change: Record<string, unknown>): Promise<void> {
  await direct.updateEntity({ partitionKey: routeKey(route), rowKey: "checkpoint", ...change }, "Merge");
}
