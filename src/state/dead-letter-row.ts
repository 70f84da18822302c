// What the state table keeps of a dead letter: why, from where, how large. Its body is in Blob Storage.
import { BridgeError } from "../errors.ts";
import type { DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { DeadLetterEntry, HubPositions, LetterIdentity, Sending } from "../pipeline/ports.ts";
import { parsedJson, readHubPositions } from "./hub-positions-text.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { routeKey } from "./route-key.ts";
import { joinText, splitText } from "./split-properties.ts";
import type { Row } from "./table-limits.ts";

export const deadLetterRange = { from: "dead-letter-", to: "dead-letter." };

export function deadLetterRowKey(eventId: string): string {
  return `dead-letter-${eventId}`;
}

/** Written as a merge, so that noting a letter again leaves a claim on it alone. */
export function deadLetterRow(route: string, entry: DeadLetterEntry): Row {
  const { recType, recordKey, identity } = entry;
  return {
    partitionKey: routeKey(route),
    rowKey: deadLetterRowKey(entry.eventId),
    reason: cut(entry.reason),
    ...(recType === undefined ? {} : { recType: cut(recType) }),
    ...(recordKey === undefined ? {} : { recordKey: cut(recordKey) }),
    ...(identity === undefined || !isKeptWhole(entry) ? {} : identityTexts(identity)),
    windowFrom: instantText(entry.window.from),
    windowTo: instantText(entry.window.to),
    bytes: entry.bytes,
    at: instantText(entry.at),
  };
}

/** The row with a claim on it; it replaces the one before. */
export function claimedRow(route: string, entry: DeadLetterEntry, claimant: string, sending: Sending = {}): Row {
  const text = (name: keyof Sending) =>
    sending[name] === undefined ? {} : splitText(name, JSON.stringify(sending[name]));
  return { ...deadLetterRow(route, entry), claimedBy: claimant, ...text("positions"), ...text("upTo") };
}

/** Throws `STATE_UNREADABLE` for a malformed row. */
export function readDeadLetterRow(route: string, row: Readonly<Record<string, unknown>>): DeadLetterSight {
  const { reason, recType, recordKey, bytes, claimedBy, etag } = row;
  const rowKey = String(row["rowKey"]);
  const [from, to, at] = [row["windowFrom"], row["windowTo"], row["at"]].map((text) => readInstant(text));
  const [claimedAt, upTo] = [readPositions("positions", row), readPositions("upTo", row)];
  const identity = readIdentity(row);
  const texts = isOptionalText(recType) && isOptionalText(recordKey) && isOptionalText(claimedBy);
  const timed = from !== undefined && to !== undefined && at !== undefined;
  const known = identity !== undefined && claimedAt !== undefined && upTo !== undefined;
  if (texts && timed && known && typeof reason === "string" && typeof bytes === "number" && typeof etag === "string") {
    const eventId = rowKey.slice(deadLetterRange.from.length);
    const type = recType === undefined ? {} : { recType };
    const key = recordKey === undefined ? {} : { recordKey };
    const whole = identity === null ? {} : { identity };
    const entry = { eventId, reason, ...type, ...key, ...whole, window: { from, to }, bytes, at };
    const sending = { ...(claimedAt === null ? {} : { positions: claimedAt }), ...(upTo === null ? {} : { upTo }) };
    return { entry, ...(claimedBy === undefined ? {} : { claimedBy, ...sending }), mark: etag };
  }
  throw new BridgeError("STATE_UNREADABLE", `The row ${rowKey} of the dead letters of ${route} is malformed.`, {
    fix: "Correct that row in the state table, or delete it: the record's body stays in the dead-letter container.",
  });
}

function identityTexts({ version, device, time }: LetterIdentity): Readonly<Record<string, string>> {
  return { version, device, recordTime: instantText(time) };
}

/** `null` for a row without, `undefined` for a malformed one. */
function readIdentity(row: Readonly<Record<string, unknown>>): LetterIdentity | null | undefined {
  const { version, device, recordTime } = row;
  if (version === undefined && device === undefined && recordTime === undefined) return null;
  const time = readInstant(recordTime);
  const whole = typeof version === "string" && typeof device === "string" && time !== undefined;
  return whole ? { version, device, time } : undefined;
}

/** As `readIdentity`. */
function readPositions(name: keyof Sending, row: Readonly<Record<string, unknown>>): HubPositions | null | undefined {
  return row[name] === undefined ? null : readHubPositions(parsedJson(joinText(name, row)));
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

/** A key or a reason made of a whole record must not stop the feed that dead-letters it. */
function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters).toWellFormed()}…` : text;
}

/** An identity that would have to be cut is left out as a whole: an event with half a key would be another event. */
function isKeptWhole({ recType = "", recordKey = "", identity }: DeadLetterEntry): boolean {
  const texts = [recType, recordKey, identity?.version ?? "", identity?.device ?? ""];
  return texts.every((text) => text.length <= mostCharacters);
}

const mostCharacters = 2_000;
