// A record that vanishes or appears on a page already read, so that everything behind it shifts by one.
import { idOf } from "./fleet.ts";
import { keyOf } from "./prng.ts";
import { StoredRecord } from "./record.ts";
import type { Entry, Store } from "./store.ts";

/** `firstOfPageBefore` finds the first record of the page before the one now asked for. */
export type Drift = (firstOfPageBefore: () => Entry | undefined, now: number) => void;

/** Removes the record: the one behind the page's end moves onto the page already read, and is never seen. */
export function deleteBehind(store: Store, firstOfPageBefore: () => Entry | undefined, now: number): void {
  const entry = firstOfPageBefore();
  if (entry !== undefined) store.change({ kind: "remove", at: now, id: entry.shown.id });
}

/** Stores a record like that one, at the same storage time: the last one of the page already read comes once more. */
export function insertBehind(store: Store, firstOfPageBefore: () => Entry | undefined, now: number): void {
  const shown = firstOfPageBefore()?.shown;
  if (shown === undefined) return;
  const { time, storedAt, late, data } = shown;
  const record = new StoredRecord(
    { ...shown.series, payload: () => data },
    {
      id: idOf(storedAt, keyOf(shown.id, now, "inserted")),
      version: 1,
      time,
      storedAt,
      changedAt: storedAt,
      visibleFrom: now,
      repeated: false,
      late,
      raw: undefined,
      first: undefined,
    },
  );
  store.change({ kind: "store", at: now, record });
}
