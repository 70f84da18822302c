// Dead letters as they are sent again: in order, in loads, each with the event it was meant to be.
import type { DeadLetterSight } from "./dead-letter-ports.ts";
import type { DeadLetterEntry } from "./ports.ts";
import type { OutgoingEvent } from "./records.ts";
import { toEvent } from "./to-event.ts";

/** By the time of their records; those without come first, as nothing is sent of them. */
export async function lettersInOrder(letters: AsyncIterable<DeadLetterSight>): Promise<readonly DeadLetterSight[]> {
  const all: DeadLetterSight[] = [];
  for await (const letter of letters) all.push(letter);
  return all.toSorted((one, other) => timeOf(one) - timeOf(other));
}

function timeOf({ entry }: DeadLetterSight): number {
  return entry.identity?.time ?? 0;
}

/** At most so many claims before a send, and about so many bytes of bodies in memory. */
export function* loadsOfLetters(
  letters: readonly DeadLetterSight[],
  maxBytes: number,
): Generator<readonly DeadLetterSight[]> {
  let load: DeadLetterSight[] = [];
  let bytes = 0;
  for (const letter of letters) {
    if (load.length > 0 && (load.length >= MOST_LETTERS || bytes + letter.entry.bytes > maxBytes)) {
      yield load;
      load = [];
      bytes = 0;
    }
    load.push(letter);
    bytes += letter.entry.bytes;
  }
  if (load.length > 0) yield load;
}

const MOST_LETTERS = 100;

export type LetterEvent =
  | { readonly kind: "event"; readonly event: OutgoingEvent }
  /** Why no event can be made of it. */
  | { readonly kind: "impossible"; readonly reason: string };

/**
 * The event that the letter was meant to be: same id, same order key, same properties. It is always `late`: newer events
 * of its device have come before it.
 */
export async function eventOfLetter(
  { eventId, recType, recordKey, identity }: DeadLetterEntry,
  route: { readonly name: string; readonly feed: string },
  readBody: () => Promise<Uint8Array | undefined>,
): Promise<LetterEvent> {
  if (recType === undefined || recordKey === undefined) return impossible(UNREADABLE);
  if (identity === undefined) return impossible(INCOMPLETE);
  const body = await readBody();
  if (body === undefined) return impossible(NO_BODY);
  const { version, device, time } = identity;
  const record = { recType, key: recordKey, version, eventId, time, device, body };
  return { kind: "event", event: toEvent(record, { route: route.name, feed: route.feed, late: true }) };
}

function impossible(reason: string): LetterEvent {
  return { kind: "impossible", reason };
}

const UNREADABLE = "the record could not be read, so no event can be made of it; its body is in the container";
const INCOMPLETE =
  "its row does not hold device and version: an older bridge noted it, or its key is too long for the row; its body is in the container";
const NO_BODY = "its body is gone from the container; delete its row to be rid of it";
