// The books of backfills, in memory and in a real table, and what is done about a row that cannot be read.
import { TableClient } from "@azure/data-tables";
import { describe, expect, it } from "vitest";
import { EMPTY_BOOK } from "../../src/pipeline/backfill-ports.ts";
import { readBackfillBook } from "../../src/state/backfill-book-row.ts";
import { memoryBackfills } from "../../src/state/memory-backfills.ts";
import { tableBackfills } from "../../src/state/table-backfills.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { describeBackfillStore } from "../contracts/backfill-store.ts";

const newRoute = (): string => `${uniqueName("feed")}@event-hub`;

describe("the backfills of routes in memory", () => {
  describeBackfillStore(async () => memoryBackfills(), newRoute);
});

describe("the backfills of routes in a table", () => {
  const table = uniqueName("backfills");

  async function openClient() {
    const { connectionString } = await sharedAzurite();
    return TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  }

  describeBackfillStore(async () => tableBackfills(await openClient()), newRoute);

  const span = '{"from":"2026-11-20T08:00:00Z"}';
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["of a newer bridge", { schemaVersion: 2, etag: "x", open: "[]", delivered: "{}" }],
    ["without its open ones", { schemaVersion: 1, etag: "x", delivered: "{}" }],
    ["without its spans", { schemaVersion: 1, etag: "x", open: "[]" }],
    ["with a span without an end", { schemaVersion: 1, etag: "x", open: "[]", delivered: `{"":[${span}]}` }],
    ["with spans that are no list", { schemaVersion: 1, etag: "x", open: "[]", delivered: '{"":7}' }],
    ["with an open one of nobody", { schemaVersion: 1, etag: "x", open: `[${span}]`, delivered: "{}" }],
  ])("stop a backfill with STATE_UNREADABLE: a row %s", (_, row) => {
    expect(() => readBackfillBook("a@b", row)).toThrow(
      expect.objectContaining({ code: "STATE_UNREADABLE", fix: expect.stringContaining("the row backfills of") }),
    );
  });

  it("count as saved when the answer to a save was lost", async () => {
    const client = await openClient();
    const store = tableBackfills(client);
    const route = newRoute();
    await store.saveBook(route, EMPTY_BOOK, await store.loadBook(route));
    const seen = await store.loadBook(route);
    const submit = client.submitTransaction.bind(client);
    client.submitTransaction = async (...args) => {
      await submit(...args);
      // As the SDK does it: a second try meets what the first one did.
      return submit(...args);
    };
    expect(await store.saveBook(route, EMPTY_BOOK, seen)).toBe(true);
  });
});
