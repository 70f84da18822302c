// REMOVE_PERSONAL_FIELDS: what is read, from the API or from the dead letters, goes on without its personal fields.
import { BridgeError } from "./errors.ts";
import { removePersonalFields } from "./microshare/personal-fields.ts";
import type { DeadLetterReplayStore } from "./pipeline/dead-letter-ports.ts";
import type { FeedSource } from "./pipeline/ports.ts";

/**
 * The same feed with shorter bodies, those of unreadable records too. Key, version and event id were made of the whole
 * record: nothing is repeated when the setting changes.
 */
export function feedWithoutPersonalFields(source: FeedSource): FeedSource {
  return {
    ...source,
    async *readPages(request) {
      for await (const page of source.readPages(request)) {
        const { records, unreadable } = page;
        yield { ...page, records: records.map(shortened), unreadable: unreadable.map(shortened) };
      }
    },
  };
}

/** For letters from a time when the setting was off. Throws `DEAD_LETTER_FAILED` for a body that somebody has broken. */
export function lettersWithoutPersonalFields(letters: DeadLetterReplayStore): DeadLetterReplayStore {
  return {
    ...letters,
    async readDeadLetter(route, eventId) {
      const body = await letters.readDeadLetter(route, eventId);
      if (body === undefined) return undefined;
      if (!isJson(body)) throw broken(route, eventId);
      return removePersonalFields(body);
    },
  };
}

function shortened<Item extends { readonly body: Uint8Array }>(item: Item): Item {
  return { ...item, body: removePersonalFields(item.body) };
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body).toString("utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function broken(route: string, eventId: string): BridgeError {
  return new BridgeError(
    "DEAD_LETTER_FAILED",
    `The body of dead letter ${eventId} of ${route} is not JSON, so its personal fields cannot be found`,
    {
      fix: "Somebody has changed that blob: put the record back, or delete its row in the state table. Then replay again.",
    },
  );
}
