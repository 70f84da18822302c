// What is remembered of notices on a real table: the contract, a lost answer, and a row that cannot be read.
import { TableClient } from "@azure/data-tables";
import { beforeAll, describe, expect, it } from "vitest";
import { NO_NOTICES } from "../../src/notify/notices/notice-state.ts";
import { tableNotices } from "../../src/state/table-notices.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { describeNoticeStore } from "../contracts/notice-store.ts";
import { drop, eager, lostAnswer, openFaultyTable } from "./faulty-table.ts";

beforeAll(sharedAzurite);

async function openClients() {
  const { connectionString } = await sharedAzurite();
  const table = uniqueName("notices");
  return () => TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
}

describeNoticeStore("the state table", async () => {
  const client = await openClients();
  return { store: tableNotices(client()), again: tableNotices(client()) };
});

describe("the row of notices", () => {
  it("that was written, its answer lost, is known to be written", async () => {
    const table = await openFaultyTable();
    try {
      const store = tableNotices(table.open(uniqueName("notices"), eager));
      const first = await store.save(NO_NOTICES, undefined);
      table.proxy.meet(lostAnswer);
      const changed = { ...NO_NOTICES, deliveredAt: { a: 1 } };
      const revision = await store.save(changed, first);
      expect(revision).toBeDefined();
      expect(await store.load()).toEqual({ state: changed, revision });
      table.proxy.meet(drop, drop, drop, drop, drop, drop);
      await expect(store.save(NO_NOTICES, revision)).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    } finally {
      table.close();
    }
  });

  it.each([
    ["a newer version", { schemaVersion: 2 }],
    ["no JSON", { state: "{" }],
    ["another shape", { state: "{}" }],
  ])("of %s is not taken for none, and the error says what to do", async (_, change) => {
    const client = (await openClients())();
    const store = tableNotices(client);
    await store.save(NO_NOTICES, undefined);
    await client.updateEntity({ partitionKey: "_notices", rowKey: "state", ...change }, "Merge");
    await expect(store.load()).rejects.toMatchObject({
      code: "STATE_UNREADABLE",
      fix: expect.stringContaining("_notices"),
    });
  });
});
