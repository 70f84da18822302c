// Proves the rights to the state without touching what is there: with a row, a blob, a table of its own that it removes.
import { randomUUID } from "node:crypto";
import { RestError, type TableClient } from "@azure/data-tables";
import { openContainer } from "./blob-container.ts";
import { blobCode, blobError } from "./blob-errors.ts";
import { openTable, storagePolicy, type StorageConnection } from "./storage-clients.ts";
import { serviceCode, stateError } from "./storage-errors.ts";

/** Whether it is there; a missing one is made by the first run, or the first dead letter. */
export type Proved = "there" | "missing";

/** Of no route: their keys never begin so. */
const PARTITION = "_doctor";

/** Reads. Throws `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`. */
export async function proveTableReading(connection: StorageConnection, name: string): Promise<Proved> {
  const table = openTable(connection, name);
  try {
    await table.getEntity(PARTITION, "none", timeLimit());
    return "there";
  } catch (error) {
    const code = error instanceof RestError && error.statusCode === 404 ? serviceCode(error) : undefined;
    if (code === "ResourceNotFound") return "there";
    if (code === "TableNotFound") return "missing";
    throw stateError(error, name, "read a row");
  }
}

/**
 * Writes a row of its own into the table and removes it; where the table is missing, into a table of its own, which goes
 * as well. Throws as reading does.
 */
export async function proveTableWriting(connection: StorageConnection, name: string, proved: Proved): Promise<void> {
  if (proved === "there") return writeRow(openTable(connection, name), name);
  const own = `bridgedoctor${randomUUID().replaceAll("-", "")}`;
  const table = openTable(connection, own);
  await orFail(table.createTable(timeLimit()), name, "create a table");
  try {
    await writeRow(table, name);
  } finally {
    await orFail(table.deleteTable(timeLimit()), name, `remove the table ${own}, made to prove rights`);
  }
}

async function writeRow(table: TableClient, name: string): Promise<void> {
  const rowKey = randomUUID();
  await orFail(table.createEntity({ partitionKey: PARTITION, rowKey }, timeLimit()), name, "write a row");
  await orFail(table.deleteEntity(PARTITION, rowKey, timeLimit()), name, "remove a row");
}

async function orFail(call: Promise<unknown>, name: string, doing: string): Promise<void> {
  try {
    await call;
  } catch (error) {
    throw stateError(error, name, doing);
  }
}

/** The same for the container of dead letters, with a blob. Throws `DEAD_LETTER_FAILED`. */
export async function proveContainer(connection: StorageConnection, name: string): Promise<Proved> {
  const container = openContainer(connection, name);
  const blob = `${PARTITION}/${randomUUID()}`;
  try {
    await container.getBlockBlobClient(blob).upload("", 0, timeLimit());
    await container.getBlockBlobClient(blob).delete(timeLimit());
    return "there";
  } catch (error) {
    if (blobCode(error) !== "ContainerNotFound") throw blobError(error, name, "write a blob of its own into");
  }
  const own = openContainer(connection, `bridge-doctor-${randomUUID()}`);
  try {
    await own.create(timeLimit());
    await own.delete(timeLimit());
    return "missing";
  } catch (error) {
    throw blobError(error, name, "create a container like");
  }
}

function timeLimit(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(storagePolicy.operationTimeoutMs) };
}
