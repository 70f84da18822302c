// The progress of one route during a run: what is confirmed but not saved yet, and the one place that saves it.
import { packEventIds } from "./event-id-set.ts";
import type { Ledger } from "./ledger.ts";
import type { Checkpoint, CheckpointStore, DeadLetterEntry, Saved } from "./ports.ts";
import type { Instant } from "./records.ts";

export interface RouteProgress {
  readonly checkpoint: Checkpoint;
  /** Changes the checkpoint in memory; `save` makes it last. */
  update(change: (checkpoint: Checkpoint) => Checkpoint): void;
  /** Files an event that was confirmed or dead-lettered under the end of the window it was read in. */
  settle(eventId: string, filedTo: Instant): void;
  addDeadLetter(entry: DeadLetterEntry): void;
  /** True when a crash now would cost more than reading some empty windows again. */
  readonly worthSaving: boolean;
  /** True when anything at all differs from what is saved. */
  readonly changed: boolean;
  /** Saves checkpoint, settled ids and dead-letter rows together. Throws what the store throws. */
  save(): Promise<void>;
}

export type SaveChange = (
  change: Parameters<CheckpointStore["save"]>[1],
  revision: Saved["revision"],
) => Promise<Saved>;

export function openProgress(opened: Saved, ledger: Ledger, saveChange: SaveChange): RouteProgress {
  let checkpoint = opened.checkpoint;
  let last = opened;
  let settled: string[] = [];
  let filedTo = 0;
  let deadLetters: DeadLetterEntry[] = [];

  async function write(reached: Checkpoint, letters: readonly DeadLetterEntry[]): Promise<void> {
    const { nextSegment } = last.checkpoint;
    const ids = settled.slice(0, MOST_IDS);
    const files = ids.length > 0;
    last = await saveChange(
      {
        checkpoint: { ...reached, nextSegment: files ? nextSegment + 1 : nextSegment },
        ...(files ? { segment: { filedTo, ids: packEventIds(ids) } } : {}),
        deadLetters: letters,
      },
      last.revision,
    );
    settled = settled.slice(ids.length);
    if (settled.length === 0) filedTo = 0;
  }

  return {
    get checkpoint() {
      return checkpoint;
    },
    update(change) {
      checkpoint = change(checkpoint);
    },
    settle(eventId, filedUnder) {
      ledger.remember(eventId);
      settled.push(eventId);
      filedTo = Math.max(filedTo, filedUnder);
    },
    addDeadLetter(entry) {
      deadLetters.push(entry);
    },
    get worthSaving() {
      return settled.length > 0 || deadLetters.length > 0;
    },
    get changed() {
      return settled.length > 0 || deadLetters.length > 0 || checkpoint !== last.checkpoint;
    },
    async save() {
      // Too many rows for one transaction: the progress that rests on them goes with the last ones.
      while (deadLetters.length > MOST_DEAD_LETTERS) {
        await write(last.checkpoint, deadLetters.slice(0, MOST_DEAD_LETTERS));
        deadLetters = deadLetters.slice(MOST_DEAD_LETTERS);
      }
      while (settled.length > MOST_IDS) await write(last.checkpoint, []);
      await write(checkpoint, deadLetters);
      deadLetters = [];
      ({ checkpoint } = last);
    },
  };
}

/** Rows in one transaction, beside the checkpoint and the ledger; Table Storage takes 100 operations. */
const MOST_DEAD_LETTERS = 50;

/** Ids in one transaction, below half of the 4 MiB it may have: reading a sink back may find more, where others filled it. */
const MOST_IDS = 100_000;
