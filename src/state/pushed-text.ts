// What a checkpoint keeps about pushed events, as the text of a property, and back.
import type { Pushed } from "../pipeline/push-ports.ts";
import { readHubPositions } from "./hub-positions-text.ts";
import { instantText, readInstant } from "./instant-text.ts";

export function pushedText({ positions, from, reading, offSince }: Pushed): string {
  return JSON.stringify({
    positions,
    from: instantText(from),
    ...(reading === undefined ? {} : { reading: { upTo: reading.upTo, at: instantText(reading.at) } }),
    ...(offSince === undefined ? {} : { offSince: instantText(offSince) }),
  });
}

/** `undefined` for anything that no bridge has written: a part that is left out could send records again. */
export function readPushed(value: unknown): Pushed | undefined {
  const { positions: given, from: since, reading: under, offSince: off } = fieldsOf(value);
  const positions = readHubPositions(given);
  const from = readInstant(since);
  const reading = under === undefined ? undefined : readReading(under);
  const offSince = off === undefined ? undefined : readInstant(off);
  if (positions === undefined || from === undefined) return undefined;
  if ((under !== undefined && reading === undefined) || (off !== undefined && offSince === undefined)) return undefined;
  return {
    positions,
    from,
    ...(reading === undefined ? {} : { reading }),
    ...(offSince === undefined ? {} : { offSince }),
  };
}

function readReading(value: unknown): Pushed["reading"] {
  const fields = fieldsOf(value);
  const upTo = readHubPositions(fields["upTo"]);
  const at = readInstant(fields["at"]);
  return upTo === undefined || at === undefined ? undefined : { upTo, at };
}

function fieldsOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
