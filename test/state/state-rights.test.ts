import { TableClient, TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { describe, expect, it } from "vitest";
import { proveContainer, proveTableReading, proveTableWriting } from "../../src/state/state-rights.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";

async function account() {
  const { connectionString } = await sharedAzurite();
  const connection = { kind: "connection-string", connectionString } as const;
  const insecure = { allowInsecureConnection: true };
  return {
    connection,
    table: (name: string) => TableClient.fromConnectionString(connectionString, name, insecure),
    tables: TableServiceClient.fromConnectionString(connectionString, insecure),
    blobs: BlobServiceClient.fromConnectionString(connectionString),
  };
}

describe("proving rights to the state", () => {
  it("leaves a table that is there as it was", async () => {
    const { connection, table } = await account();
    const name = uniqueName("rights");
    await table(name).createTable();
    expect(await proveTableReading(connection, name)).toBe("there");
    await proveTableWriting(connection, name, "there");
    expect((await table(name).listEntities().byPage().next()).value).toEqual([]);
  });

  it("makes no table that is missing, and removes the one of its own", async () => {
    const { connection, tables } = await account();
    const name = uniqueName("rights");
    expect(await proveTableReading(connection, name)).toBe("missing");
    await proveTableWriting(connection, name, "missing");
    const names: unknown[] = [];
    for await (const one of tables.listTables()) names.push(one.name);
    expect(names).not.toContain(name);
    expect(names.filter((one) => String(one).startsWith("bridgedoctor"))).toEqual([]);
  });

  it("leaves a container that is there as it was, and makes none that is missing", async () => {
    const { connection, blobs } = await account();
    const name = uniqueName("rights");
    expect(await proveContainer(connection, name)).toBe("missing");
    expect(await blobs.getContainerClient(name).exists()).toBe(false);
    await blobs.createContainer(name);
    expect(await proveContainer(connection, name)).toBe("there");
    expect((await blobs.getContainerClient(name).listBlobsFlat().next()).done).toBe(true);
    const names: string[] = [];
    for await (const one of blobs.listContainers({ prefix: "bridge-doctor" })) names.push(one.name);
    expect(names).toEqual([]);
  });
});
