// The outbox on a real table: the contract, its calls, and rows that cannot be read.
import { TableClient } from "@azure/data-tables";
import { describe, expect, it } from "vitest";
import { tableMailOutbox } from "../../src/state/table-mail-outbox.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { describeMailOutbox, japaneseMail } from "../contracts/mail-outbox.ts";

async function openTable() {
  const { connectionString } = await sharedAzurite();
  return () => TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
}

const name = uniqueName("mail");

describeMailOutbox("the outbox in Table Storage", async (now, mostOpen) => {
  const { connectionString } = await sharedAzurite();
  const table = uniqueName("mail");
  const client = () => TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  return { outbox: tableMailOutbox(client(), { now, mostOpen }), again: tableMailOutbox(client(), { now, mostOpen }) };
});

describe("a row of the outbox", () => {
  it.each([
    ["an unknown state", { state: "posted" }],
    ["a newer version", { schemaVersion: 2 }],
    ["no progress", { progress: "{}" }],
    ["a mail that is no JSON", { mail: "{" }],
    ["no time", { queuedAt: "yesterday" }],
  ])("with %s stops the sending rather than be guessed at, and says which row it is", async (_, change) => {
    const client = (await openTable())();
    const outbox = tableMailOutbox(client, { now: Date.now });
    const id = await outbox.add(japaneseMail);
    await client.updateEntity({ partitionKey: "_mail", rowKey: `mail-${id}`, ...change }, "Merge");
    await expect(outbox.look()).rejects.toMatchObject({
      code: "STATE_UNREADABLE",
      fix: expect.stringContaining(`mail-${id}`),
    });
    await outbox.remove([id]);
  });

  it("of the pace that cannot be read stops it as well", async () => {
    const client = (await openTable())();
    await client.upsertEntity({ partitionKey: "_mail", rowKey: "pace", schemaVersion: 1, sentAt: "no list" });
    const outbox = tableMailOutbox(client, { now: Date.now });
    await expect(outbox.look()).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
    await client.deleteEntity("_mail", "pace");
  });
});
