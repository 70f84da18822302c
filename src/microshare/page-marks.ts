// Recognises objects of an answer that stood on an earlier page, in 16 bytes each.
import { hash } from "node:crypto";
import { readId } from "./encodings.ts";
import type { Envelope, EnvelopeObject } from "./envelope.ts";
import { bytesOf, memberSlice } from "./json-slices.ts";
import { valueAt } from "./json-value.ts";

export interface PageMarks {
  readonly onEarlierPages: Set<string>;
  /** Objects that stood on two pages of a reading: where they do so again, they simply stand twice. */
  readonly twice: Set<string>;
}

/** True when the page has objects, at least `fewest`, and all of them stood on earlier pages. */
export function isRepeated(envelope: Envelope, { onEarlierPages }: PageMarks, fewest: number): boolean {
  if (envelope.objects.length < fewest) return false;
  return marksOf(envelope).every((mark) => onEarlierPages.has(mark));
}

/** Remembers the page. True when some of it stood on an earlier one, and was not known to stand twice. */
export function learnMarks(envelope: Envelope, { onEarlierPages, twice }: PageMarks): boolean {
  const marks = marksOf(envelope);
  const again = marks.filter((mark) => onEarlierPages.has(mark) && !twice.has(mark));
  for (const mark of marks) onEarlierPages.add(mark);
  for (const mark of again) twice.add(mark);
  return again.length > 0;
}

/** The outer id and the data: a derived object also carries the time of its answer, which differs from page to page. */
function marksOf({ response, objects }: Envelope): readonly string[] {
  return objects.map((object) => markOf(response.body, object));
}

function markOf(body: Uint8Array, { value, slice }: EnvelopeObject): string {
  const id = readId(valueAt(value, "id")) ?? readId(valueAt(value, "_id")) ?? "";
  const data = hash("sha256", bytesOf(body, memberSlice(body, slice, "data") ?? slice), "base64url").slice(0, 22);
  return `${id} ${data}`;
}
