// A mail of the outbox as a row of the state table, and back. Of a mail that is not to be sent any more nothing is left in it.
import { BridgeError } from "../errors.ts";
import type { Mail } from "../notify/mail.ts";
import type { MailState, OutboxEntry, Pace } from "../notify/mail-outbox.ts";
import { parsedJson } from "./hub-positions-text.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { joinText, splitText } from "./split-properties.ts";
import type { Row } from "./table-limits.ts";

/** No route has this key: an underscore in one is followed by two hex digits. */
export const mailPartition = "_mail";

export const paceRowKey = "pace";

/** Counts up with every change of the rows that an older bridge would misread. */
const mailSchemaVersion = 1;

export function mailRow({ id, queuedAt, recipients, state, mail }: Omit<OutboxEntry, "mark">): Row {
  const { kind, ...rest } = state;
  return {
    partitionKey: mailPartition,
    rowKey: `mail-${id}`,
    schemaVersion: mailSchemaVersion,
    queuedAt: instantText(queuedAt),
    recipients,
    state: kind,
    progress: JSON.stringify(rest),
    ...(mail === undefined ? {} : splitText("mail", JSON.stringify(mail))),
  };
}

export function paceRow({ sentAt, pausedUntil }: Pace): Row {
  const pace = {
    schemaVersion: mailSchemaVersion,
    sentAt: JSON.stringify(sentAt),
    pausedUntil: instantText(pausedUntil),
  };
  return { partitionKey: mailPartition, rowKey: paceRowKey, ...pace };
}

type StoredRow = Readonly<Record<string, unknown>>;

/** Throws `STATE_UNREADABLE` when a newer bridge wrote the row, or when a part of it is missing or malformed. */
export function readMailRow(row: StoredRow): OutboxEntry {
  const { rowKey, recipients, etag } = row;
  const queuedAt = readInstant(row["queuedAt"]);
  const state = readState(row);
  const known = row["schemaVersion"] === mailSchemaVersion && typeof rowKey === "string" && typeof etag === "string";
  if (!known || typeof recipients !== "number" || queuedAt === undefined || state === undefined) throw malformed(row);
  const open = state.kind === "queued" || state.kind === "sending";
  const mail = open ? readMail(row) : undefined;
  if (open && mail === undefined) throw malformed(row);
  const id = rowKey.replace(/^mail-/, "");
  return { id, queuedAt, recipients, state, ...(mail === undefined ? {} : { mail }), mark: etag };
}

export function readPaceRow(row: StoredRow): Pace {
  const { etag } = row;
  const sentAt = numbers(parsedText(row["sentAt"]));
  const pausedUntil = readInstant(row["pausedUntil"]);
  const known = row["schemaVersion"] === mailSchemaVersion && typeof etag === "string";
  if (!known || sentAt === undefined || pausedUntil === undefined) throw malformed(row);
  return { sentAt, pausedUntil, mark: etag };
}

/** Whether the row is one of a mail that may still have to be sent or followed. */
export function isOpenRow(row: StoredRow): boolean {
  return ["queued", "sending", "accepted"].includes(String(row["state"]));
}

function readState(row: StoredRow): MailState | undefined {
  const kind = row["state"];
  const progress = fieldsOf(parsedText(row["progress"]));
  const number = (name: string): number => (typeof progress[name] === "number" ? progress[name] : Number.NaN);
  const { operationId } = progress;
  const states: readonly (MailState | undefined)[] = [
    { kind: "queued", tries: number("tries"), notBefore: number("notBefore") },
    { kind: "sending", tries: number("tries"), claimedUntil: number("claimedUntil") },
    typeof operationId === "string"
      ? { kind: "accepted", operationId, asked: number("asked"), askAt: number("askAt") }
      : undefined,
    ...(["succeeded", "failed", "given-up"] as const).map((end) => ({ kind: end, endedAt: number("endedAt") })),
  ];
  const state = states.find((one) => one?.kind === kind);
  return state !== undefined && Object.values(state).some(Number.isNaN) ? undefined : state;
}

function readMail(row: StoredRow): Mail | undefined {
  const { to, subject, text, html } = fieldsOf(parsedJson(joinText("mail", row)));
  if (!Array.isArray(to) || !to.every((one): one is string => typeof one === "string")) return undefined;
  if (typeof subject !== "string" || typeof text !== "string") return undefined;
  return { to, subject, text, ...(typeof html === "string" ? { html } : {}) };
}

function malformed(row: StoredRow): BridgeError {
  const rowKey = String(row["rowKey"]);
  return new BridgeError(
    "STATE_UNREADABLE",
    `The row ${rowKey} of the outbox is malformed, or a newer bridge wrote it.`,
    {
      fix: `Deploy the version that wrote it. Otherwise delete the row ${rowKey} of partition ${mailPartition} in the state table: a mail in it is then lost.`,
    },
  );
}

function numbers(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((one): one is number => typeof one === "number") ? value : undefined;
}

function parsedText(text: unknown): unknown {
  return parsedJson(typeof text === "string" ? text : undefined);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
