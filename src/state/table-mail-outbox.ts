// The outbox of mails in Azure Table Storage: one partition, so that a mail and the pace of sending change together.
import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import { outboxLimits, type OutboxStore } from "../notify/mail-outbox.ts";
import { queuedEntry, sightOf } from "../notify/outbox-entries.ts";
import { isOpenRow, mailPartition, mailRow, paceRow, paceRowKey, readMailRow, readPaceRow } from "./mail-row.ts";
import { stateTable, type StoredRow } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLimits } from "./table-limits.ts";

/** The service gives so many rows in one answer: more than the limits of the outbox allow. */
const pageSize = 1000;

export interface TableOutboxOptions {
  readonly now: () => number;
  readonly mostOpen?: number;
  readonly operationTimeoutMs?: number;
}

export function tableMailOutbox(
  client: TableClient,
  { now, mostOpen = outboxLimits.open, operationTimeoutMs = storagePolicy.operationTimeoutMs }: TableOutboxOptions,
): OutboxStore {
  const table = stateTable(client, operationTimeoutMs);

  async function rows(select?: readonly string[]): Promise<readonly StoredRow[]> {
    const range = { from: "", to: "~", pageSize, ...(select === undefined ? {} : { select }) };
    return (await Array.fromAsync(table.pages(mailPartition, range))).flat();
  }

  return {
    async add(mail, id = randomUUID()) {
      const others = await rows(["RowKey", "state"]);
      if (others.some((row) => row["rowKey"] === `mail-${id}`)) return id;
      const open = others.filter(isOpenRow).map(() => ({ state: OPEN }));
      const entry = queuedEntry(id, mail, now(), open, mostOpen);
      const doing = "put a mail into the outbox";
      const outcome = await table.submit([["create", mailRow(entry)]], doing);
      // A conflict tells that the row is there: the answer to a first try got lost, or somebody else brought the same mail.
      if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
      return entry.id;
    },

    async look() {
      const all = await rows();
      const pace = all.find((row) => row["rowKey"] === paceRowKey);
      const mails = all.filter((row) => row !== pace).map(readMailRow);
      return sightOf(mails, pace === undefined ? { sentAt: [], pausedUntil: 0 } : readPaceRow(pace));
    },

    async change(entry, pace) {
      const doing = "note how a mail stands";
      const outcome = await table.submit(
        [
          ["update", mailRow(entry), entry.mark],
          pace.mark === undefined ? ["create", paceRow(pace)] : ["update", paceRow(pace), pace.mark],
        ],
        doing,
      );
      if (outcome.kind === "conflict") return undefined;
      if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
      const [mark, paceMark] = outcome.etags;
      if (mark === undefined || paceMark === undefined)
        throw new Error("the table gave no ETag for a row that it wrote");
      return { entry: { ...entry, mark }, pace: { ...pace, mark: paceMark } };
    },

    async remove(ids) {
      const keys = ids.map((id) => ({ partitionKey: mailPartition, rowKey: `mail-${id}` }));
      const doing = "remove rows of the outbox";
      for (let from = 0; from < keys.length; from += tableLimits.operations) {
        const some = keys.slice(from, from + tableLimits.operations);
        const outcome = await table.submit(
          some.map((key) => ["delete", key] as const),
          doing,
        );
        if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
        if (outcome.kind !== "conflict") continue;
        // Somebody has removed one of them: then each alone.
        for (const key of some) await table.submit([["delete", key]], doing);
      }
    },
  };
}

/** Any open state: only how many there are counts. */
const OPEN = { kind: "queued", tries: 0, notBefore: 0 } as const;
