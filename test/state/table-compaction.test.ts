// Compaction of the ledger on a real table, while others read, write and compact.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { CheckpointStore } from "../../src/pipeline/ports.ts";
import { routeKey } from "../../src/state/route-key.ts";

import { tableCheckpoints } from "../../src/state/table-checkpoints.ts";

import { eventIds, hex, ledgerIds, noon } from "../contracts/checkpoint-samples.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import {
  fill,
  ledgerRowKeys,
  lostAnswer,
  newRoute,
  openFaultyTable,
  passOn,
  type FaultyTable,
} from "./faulty-table.ts";

describe("tableCheckpoints and compaction", () => {
  let faulty: FaultyTable;
  let store: CheckpointStore;
  let proxy: FaultProxy;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ store, proxy } = faulty);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  it("makes one row of many small ones, and leaves a few alone", async () => {
    const many = newRoute();
    await fill(store, many, 20);
    await store.compactLedger(many, noon);
    expect(await ledgerRowKeys(faulty.direct, many)).toHaveLength(1);
    expect(await ledgerIds(store, many, noon)).toEqual(hex(eventIds(1, 20)));
    const few = newRoute();
    await fill(store, few, 7);
    await store.compactLedger(few, noon);
    expect(await ledgerRowKeys(faulty.direct, few)).toHaveLength(7);
  });

  it("merges what was merged before", async () => {
    const route = newRoute();
    const revision = await fill(store, route, 10);
    await store.compactLedger(route, noon);
    await fill(store, route, 20, { first: 11, revision });
    await store.compactLedger(route, noon);
    expect(await ledgerRowKeys(faulty.direct, route)).toHaveLength(1);
    expect(await ledgerIds(store, route, noon)).toEqual(hex(eventIds(1, 30)));
  });

  it("keeps every id when two run at once", async () => {
    const route = newRoute();
    await fill(store, route, 30);
    const other = tableCheckpoints(faulty.open(faulty.direct.tableName));
    await Promise.all([store, other, store, other].map((one) => one.compactLedger(route, noon)));
    expect(await ledgerIds(store, route, noon)).toEqual(hex(eventIds(1, 30)));
  });

  it("hides no id from a reader that is under way", async () => {
    const route = newRoute();
    // More than a page of the reader, so that it has to come back for the rest.
    await fill(store, route, 120);
    const seen: Uint8Array[] = [];
    let compacted = false;
    for await (const segment of store.readLedger(route, noon)) {
      seen.push(segment.ids);
      if (!compacted) await store.compactLedger(route, noon);
      compacted = true;
    }
    expect(new Set(hex(...seen))).toEqual(new Set(hex(eventIds(1, 120))));
  });

  it("leaves a group alone when one of its rows is gone", async () => {
    const route = newRoute();
    await fill(store, route, 9);
    const [first] = await ledgerRowKeys(faulty.direct, route);
    proxy.meet(async (_request, forward) => {
      const answer = await forward();
      await faulty.direct.deleteEntity(routeKey(route), String(first));
      return answer;
    });
    await store.compactLedger(route, noon);
    expect(await ledgerRowKeys(faulty.direct, route)).toHaveLength(8);
  });

  it("leaves a group alone when it does not get all of its rows", async () => {
    const route = newRoute();
    await fill(store, route, 9);
    proxy.meet(passOn, async (_request, forward) => {
      const answer = await forward();
      const { value, ...rest } = JSON.parse(String(answer.body));
      const { "content-length": _length, ...headers } = answer.headers ?? {};
      return { ...answer, headers, body: JSON.stringify({ ...rest, value: value.slice(1) }) };
    });
    await store.compactLedger(route, noon);
    expect(await ledgerIds(store, route, noon)).toEqual(hex(eventIds(1, 9)));
  });

  it("undoes nothing when the answer to a merge is lost", async () => {
    const route = newRoute();
    await fill(store, route, 9);
    proxy.meet(passOn, passOn, lostAnswer);
    await store.compactLedger(route, noon);
    expect(await ledgerIds(store, route, noon)).toEqual(hex(eventIds(1, 9)));
  });

  it("deletes more expired rows than one transaction holds", async () => {
    const route = newRoute();
    for (let batch = 0; batch < 2; batch += 1) {
      await faulty.direct.submitTransaction(
        Array.from({ length: 80 }, (_, index) => [
          "create",
          {
            partitionKey: routeKey(route),
            rowKey: `ledger-2026-11-01T00:00:00.000Z-${batch}-${index}`,
            filedTo: "2026-11-01T00:00:00.000Z",
            count: 1,
            ids: eventIds(index, 1),
          },
        ]),
      );
    }
    await store.compactLedger(route, noon);
    expect(await ledgerRowKeys(faulty.direct, route)).toEqual([]);
  });
});
