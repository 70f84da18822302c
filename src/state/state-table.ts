// The few calls the bridge makes on its state table, with their outcomes told apart: absent, done, conflict, uncertain.
import { odata, RestError, type TableClient, type TransactionAction } from "@azure/data-tables";
import { isUnavailable, serviceCode, stateError } from "./storage-errors.ts";
import { assertFits, type Operation } from "./table-limits.ts";

export type StoredRow = Readonly<Record<string, unknown>>;

export interface StateTable {
  /** `undefined` when the row or the whole table does not exist; every other failure throws. A missing table is created. */
  get(partitionKey: string, rowKey: string): Promise<StoredRow | undefined>;
  /** The rows with keys in `[from, to)` in key order, page by page; a missing table has none. */
  pages(partitionKey: string, range: RowRange): AsyncIterable<readonly StoredRow[]>;
  /** All operations or none. Throws `STATE_TOO_LARGE` before anything is sent. */
  submit(operations: readonly Operation[], doing: string): Promise<Submitted>;
}

export interface RowRange {
  readonly from: string;
  readonly to: string;
  readonly pageSize: number;
  /** Names of the properties wanted; all when missing. */
  readonly select?: readonly string[];
}

export type Submitted =
  /** With the ETag of each row written, in the order of the operations. */
  | { readonly kind: "done"; readonly etags: readonly (string | undefined)[] }
  /** A row was changed, is there already or is gone. Also the answer to a repeat of what had been done. */
  | { readonly kind: "conflict"; readonly error: unknown }
  | { readonly kind: "uncertain"; readonly error: unknown };

/** `createsMissing` is false for those who only look: a missing table then is one without rows. */
export function stateTable(
  client: TableClient,
  operationTimeoutMs: number,
  { createsMissing = true }: { readonly createsMissing?: boolean } = {},
): StateTable {
  const timeLimit = () => ({ abortSignal: AbortSignal.timeout(operationTimeoutMs) });
  const failed = (error: unknown, doing: string) => stateError(error, client.tableName, doing);

  async function createTable(): Promise<void> {
    try {
      await client.createTable(timeLimit());
    } catch (error) {
      throw failed(error, "create the table: it is missing");
    }
  }

  async function send(operations: readonly Operation[], doing: string): Promise<Submitted | "no-table"> {
    try {
      const { subResponses } = await client.submitTransaction(operations.map(toAction), timeLimit());
      if (subResponses.length === operations.length)
        return { kind: "done", etags: subResponses.map(({ etag }) => etag) };
      return { kind: "uncertain", error: new RestError("The answer to a transaction is cut short.") };
    } catch (error) {
      if (isUnavailable(error)) return { kind: "uncertain", error };
      const code = error instanceof RestError ? serviceCode(error) : undefined;
      if (code === "TableNotFound") return "no-table";
      if (conflictCodes.has(code)) return { kind: "conflict", error };
      throw failed(error, doing);
    }
  }

  return {
    async get(partitionKey, rowKey) {
      try {
        return await client.getEntity(partitionKey, rowKey, timeLimit());
      } catch (error) {
        const code = error instanceof RestError && error.statusCode === 404 ? serviceCode(error) : undefined;
        if (code === "TableNotFound" && createsMissing) await createTable();
        if (code === "TableNotFound" || code === "ResourceNotFound") return undefined;
        throw failed(error, `read the row ${rowKey} of partition ${partitionKey}`);
      }
    },

    async *pages(partitionKey, { from, to, pageSize, select }) {
      const filter = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
      let continuationToken: string | undefined;
      do {
        // One call a page, so that the time limit is for the page and not for what is done with it.
        const queryOptions = { filter, ...(select ? { select: [...select] } : {}) };
        const page = await client
          .listEntities({ queryOptions, ...timeLimit() })
          .byPage({ maxPageSize: pageSize, ...(continuationToken === undefined ? {} : { continuationToken }) })
          .next()
          .catch((error: unknown) => {
            if (error instanceof RestError && serviceCode(error) === "TableNotFound") return undefined;
            throw failed(error, `read the rows ${from} and later of partition ${partitionKey}`);
          });
        if (page === undefined || page.done === true) return;
        yield page.value;
        ({ continuationToken } = page.value);
      } while (continuationToken !== undefined);
    },

    async submit(operations, doing) {
      assertFits(operations, doing);
      let outcome = await send(operations, doing);
      if (outcome === "no-table") {
        await createTable();
        outcome = await send(operations, doing);
      }
      if (outcome !== "no-table") return outcome;
      return { kind: "uncertain", error: new RestError("The table is missing although it was just created.") };
    },
  };
}

const conflictCodes = new Set<string | undefined>([
  "EntityAlreadyExists",
  "UpdateConditionNotSatisfied",
  "ConditionNotMet",
  "ResourceNotFound",
]);

function toAction(operation: Operation): TransactionAction {
  const [kind, row, etag] = operation;
  if (kind === "delete") return [kind, row];
  if (kind === "create") return [kind, { ...row }];
  if (kind === "update") return [kind, { ...row }, "Replace", { etag }];
  return ["upsert", { ...row }, kind === "merge" ? "Merge" : "Replace"];
}
