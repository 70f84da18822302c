// The checkpoint of a route as a row of the state table, and back. What cannot be read in full is not read at all.
import { BridgeError } from "../errors.ts";
import type { Checkpoint, Gap, PartProgress, Paused, Sending } from "../pipeline/ports.ts";
import type { Instant, Window } from "../pipeline/records.ts";
import { parsedJson, readHubPositions } from "./hub-positions-text.ts";
import type { Pushed } from "../pipeline/push-ports.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { pushedText, readPushed } from "./pushed-text.ts";
import { routeKey } from "./route-key.ts";
import { joinText, splitText } from "./split-properties.ts";
import type { Row } from "./table-limits.ts";

export const checkpointRowKey = "checkpoint";

/**
 * Counts up with every change of the row that an older bridge would misread. `sending` came without: a bridge that does
 * not know it drops it and sends again what a crash left unrecorded, as it always did. `gaps` came without: it would
 * drop them and stop at what was skipped, in its lookback. `paused` came without: it would serve the route. `pushed` came
 * without: it would drop it, so that nothing more is pushed, and send again what was pushed since. Nothing is lost or misplaced.
 */
export const checkpointSchemaVersion = 1;

/** `saveId` is unique: it tells the save that wrote the row. */
export function checkpointRow(route: string, checkpoint: Checkpoint, saveId: string): Row {
  const parts = mapValues(checkpoint.parts, ({ doneTo, ...part }) => ({ doneTo: instantText(doneTo), ...part }));
  const lookback = mapValues(checkpoint.lookback, ({ from, to }) => ({ from: instantText(from), to: instantText(to) }));
  return {
    partitionKey: routeKey(route),
    rowKey: checkpointRowKey,
    schemaVersion: checkpointSchemaVersion,
    saveId,
    start: instantText(checkpoint.start),
    watermark: instantText(checkpoint.watermark),
    coveredFrom: instantText(checkpoint.coveredFrom),
    deepLookbackAt: instantText(checkpoint.deepLookbackAt),
    servedAt: instantText(checkpoint.servedAt),
    nextSegment: checkpoint.nextSegment,
    ...splitText("parts", JSON.stringify(parts)),
    ...splitText("lookback", JSON.stringify(lookback)),
    ...(checkpoint.sending === undefined ? {} : splitText("sending", JSON.stringify(checkpoint.sending))),
    ...(checkpoint.gaps === undefined ? {} : splitText("gaps", JSON.stringify(checkpoint.gaps.map(gapTexts)))),
    ...(checkpoint.paused === undefined ? {} : splitText("paused", JSON.stringify(pausedTexts(checkpoint.paused)))),
    ...(checkpoint.pushed === undefined ? {} : splitText("pushed", pushedText(checkpoint.pushed))),
  };
}

/** Throws `STATE_UNREADABLE` when a newer bridge wrote the row, or when any part of it is missing or malformed. */
export function readCheckpoint(route: string, row: Readonly<Record<string, unknown>>): Checkpoint {
  const { schemaVersion } = row;
  if (typeof schemaVersion === "number" && schemaVersion > checkpointSchemaVersion) {
    throw new BridgeError(
      "STATE_UNREADABLE",
      `The checkpoint of ${route} has schema version ${schemaVersion}; this bridge knows up to ${checkpointSchemaVersion}.`,
      { fix: "A newer version of the bridge wrote it. Deploy that version, or a later one, again." },
    );
  }
  const malformed = (name: string) =>
    new BridgeError("STATE_UNREADABLE", `The checkpoint of ${route} is malformed: ${name}.`, {
      fix:
        `Correct ${name} in the row ${checkpointRowKey} of partition ${routeKey(route)} in the state table. To begin ` +
        "again from START_FROM instead, delete that row: records since then may be sent again.",
    });
  const instant = (name: string, value: unknown): Instant => {
    const read = readInstant(value);
    if (read === undefined) throw malformed(name);
    return read;
  };
  const object = (name: string, value: unknown): [string, unknown][] => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(name);
    return Object.entries(value);
  };
  const json = (name: string): [string, unknown][] => object(name, parsedJson(joinText(name, row)));

  if (schemaVersion !== checkpointSchemaVersion) throw malformed("schemaVersion");
  const { nextSegment } = row;
  if (typeof nextSegment !== "number" || !Number.isInteger(nextSegment) || nextSegment < 0)
    throw malformed("nextSegment");
  const parts = json("parts").map(([part, value]): [string, PartProgress] => {
    const { doneTo, hint, windowMs } = Object.fromEntries(object("parts", value));
    if (hint !== undefined && typeof hint !== "string") throw malformed("parts");
    if (windowMs !== undefined && (typeof windowMs !== "number" || windowMs <= 0)) throw malformed("parts");
    const optional = { ...(hint === undefined ? {} : { hint }), ...(windowMs === undefined ? {} : { windowMs }) };
    return [part, { doneTo: instant("parts", doneTo), ...optional }];
  });
  const lookback = json("lookback").map(([part, value]): [string, Window] => {
    const { from, to } = Object.fromEntries(object("lookback", value));
    return [part, { from: instant("lookback", from), to: instant("lookback", to) }];
  });
  const sending = (): Sending => {
    const found = new Map(json("sending"));
    const read = (name: keyof Sending): Sending => {
      if (!found.has(name)) return {};
      const positions = readHubPositions(found.get(name));
      if (positions === undefined) throw malformed("sending");
      return { [name]: positions };
    };
    return { ...read("positions"), ...read("upTo") };
  };
  const gaps = (): Gap[] => {
    const list = parsedJson(joinText("gaps", row));
    if (!Array.isArray(list)) throw malformed("gaps");
    return list.map((value: unknown): Gap => {
      const { part, from, to, reason, at, readTo } = Object.fromEntries(object("gaps", value));
      if (typeof part !== "string" || typeof reason !== "string") throw malformed("gaps");
      const read = readTo === undefined ? {} : { readTo: instant("gaps", readTo) };
      return { part, from: instant("gaps", from), to: instant("gaps", to), reason, at: instant("gaps", at), ...read };
    });
  };
  const paused = (): Paused => {
    const { by, reason, since } = Object.fromEntries(json("paused"));
    if (typeof by !== "string" || typeof reason !== "string") throw malformed("paused");
    return { by, reason, since: instant("paused", since) };
  };
  const pushed = (): Pushed => {
    const read = readPushed(parsedJson(joinText("pushed", row)));
    if (read === undefined) throw malformed("pushed");
    return read;
  };
  return {
    start: instant("start", row["start"]),
    watermark: instant("watermark", row["watermark"]),
    coveredFrom: instant("coveredFrom", row["coveredFrom"]),
    deepLookbackAt: instant("deepLookbackAt", row["deepLookbackAt"]),
    servedAt: instant("servedAt", row["servedAt"]),
    nextSegment,
    parts: Object.fromEntries(parts),
    lookback: Object.fromEntries(lookback),
    ...(row["sending"] === undefined ? {} : { sending: sending() }),
    ...(row["gaps"] === undefined ? {} : { gaps: gaps() }),
    ...(row["paused"] === undefined ? {} : { paused: paused() }),
    ...(row["pushed"] === undefined ? {} : { pushed: pushed() }),
  };
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function gapTexts({ part, from, to, reason, at, readTo }: Gap) {
  const read = readTo === undefined ? {} : { readTo: instantText(readTo) };
  return { part, from: instantText(from), to: instantText(to), reason, at: instantText(at), ...read };
}

function pausedTexts({ by, reason, since }: Paused) {
  return { by, reason, since: instantText(since) };
}
