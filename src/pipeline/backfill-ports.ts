// What is kept of the backfills of a route: which are open, and which spans those before them have delivered.
import type { Instant, Window } from "./records.ts";

/** A finite range that is read beside the live route, with a progress of its own, until it is done. */
export interface OpenBackfill extends Window {
  /** Delivers what was delivered already once more. */
  readonly again: boolean;
  readonly since: Instant;
  readonly by: string;
}

/** Plain data: stores write it as they see fit. */
export interface BackfillBook {
  readonly open: readonly OpenBackfill[];
  /** By part, in order and merged: what backfills have delivered. What the live route has is in its checkpoint. */
  readonly delivered: Readonly<Record<string, readonly Window[]>>;
}

export const EMPTY_BOOK: BackfillBook = { open: [], delivered: {} };

/** Beside the checkpoint of a route, which no run reads along: it costs a run nothing. */
export interface BackfillStore {
  /** A route without backfills has an empty book. Throws as a load of a checkpoint. */
  loadBook(route: string): Promise<BookSight>;
  /** Replaces the book as it was seen; false when somebody changed it since. Throws as a save of a checkpoint. */
  saveBook(route: string, book: BackfillBook, seen: BookSight): Promise<boolean>;
}

export interface BookSight {
  readonly book: BackfillBook;
  /** Opaque; changes with every write. Absent when there is none yet. */
  readonly mark?: string;
}
