// Everything the pipeline touches outside itself. The app passes real ones, tests and the simulation in-memory ones.
import type { BridgeError } from "../errors.ts";
import type { Instant, OutgoingEvent, Page, Window } from "./records.ts";

/** Reads one feed. Pages of a window arrive one at a time, so that memory holds no more than the pipeline keeps. */
export interface FeedSource {
  /** The parts that are read each on its own, with a progress of their own: the locations of a dashboard, else `[""]`. */
  parts(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Reads every record of one part whose time lies in the window. Throws a `BridgeError` when the answer cannot be
   * trusted; pages already yielded then count for nothing.
   */
  readPages(request: PageRequest): AsyncIterable<Page>;
  /** True when records arrive in ascending time over all pages of a window, so that a slice may end between two pages. */
  readonly ascending: boolean;
}

export interface PageRequest {
  readonly part: string;
  readonly window: Window;
  /** From an earlier page of this part. */
  readonly hint?: string;
  readonly signal: AbortSignal;
}

/** Where events go. One contract test suite (`test/contracts/sink.ts`) runs against every implementation. */
export interface Sink {
  readonly name: string;
  /** Connects and proves the right to send, without sending. Throws a `BridgeError`. */
  check(signal: AbortSignal): Promise<void>;
  /**
   * Sends, keeping order among events of one order key, and resolves once the outcome of each is known or given up on.
   * Throws only for bugs: an expected failure is `failure` in the report, so that what was confirmed is not sent again.
   */
  send(events: readonly OutgoingEvent[], signal: AbortSignal): Promise<SendReport>;
  close(): Promise<void>;
}

export interface SendReport {
  readonly confirmed: readonly OutgoingEvent[];
  /** Events this sink will never accept. */
  readonly refused: readonly Refusal[];
  /** Why the rest is neither; set exactly when some event is neither confirmed nor refused. */
  readonly failure?: BridgeError;
  readonly batches: number;
  readonly bytes: number;
}

export interface Refusal {
  readonly event: OutgoingEvent;
  /** In words for the operator, with sizes and limits. */
  readonly reason: string;
}

/** Progress of one part of a feed. */
export interface PartProgress {
  /** Everything of this part before it was confirmed or dead-lettered. */
  readonly doneTo: Instant;
  readonly hint?: string;
}

/** The saved progress of one route. Plain data: stores write it as they see fit. */
export interface Checkpoint {
  /** Where this route began; resolved from START_FROM at the first attempt and kept. */
  readonly start: Instant;
  /** The feed is complete up to here. Never moves back. */
  readonly watermark: Instant;
  /** How far back the ledger really reaches: reading never goes behind it. */
  readonly coveredFrom: Instant;
  readonly parts: Readonly<Record<string, PartProgress>>;
  /** Spans that still have to be read again for late records, per part; kept until they were. */
  readonly lookback: Readonly<Record<string, Window>>;
  readonly deepLookbackAt: Instant;
  /** End of the last run that served this route: the least recently served goes first. */
  readonly servedAt: Instant;
  /** Number of the next ledger segment. */
  readonly nextSegment: number;
}

export interface Saved {
  readonly checkpoint: Checkpoint;
  /** Opaque; a save must name the revision it follows. */
  readonly revision: string;
}

/** Event ids delivered or dead-lettered since the last save, 16 bytes each, filed under the end of the window read. */
export interface LedgerSegment {
  readonly filedTo: Instant;
  readonly ids: Uint8Array;
}

export interface DeadLetterEntry {
  readonly eventId: string;
  readonly reason: string;
  readonly recType?: string;
  readonly recordKey?: string;
  readonly window: Window;
  readonly bytes: number;
  readonly at: Instant;
}

export interface CheckpointStore {
  /**
   * `undefined` means that this route was never saved: a first run. Every other reason for not finding it throws
   * `STATE_UNREADABLE`, `STATE_DENIED` or `STATE_UNAVAILABLE`: absent is not failed.
   */
  load(route: string): Promise<Saved | undefined>;
  /** All segments that may hold ids filed at or after `from`. */
  readLedger(route: string, from: Instant): AsyncIterable<LedgerSegment>;
  /**
   * One atomic save of checkpoint, ledger segment and dead-letter rows. `revision` is that of the load or save it
   * follows, `undefined` for the first save ever. Throws `STATE_CONFLICT` when another run saved in between, and
   * `STATE_TOO_LARGE` when the save cannot fit the store's limits.
   */
  save(
    route: string,
    change: {
      readonly checkpoint: Checkpoint;
      readonly segment?: LedgerSegment;
      readonly deadLetters: readonly DeadLetterEntry[];
    },
    revision: string | undefined,
  ): Promise<Saved>;
  /** Outside the checkpoint: merges small segments into large ones and deletes those filed before `before`. */
  compactLedger(route: string, before: Instant): Promise<void>;
  /** One row per run, newest first; old ones are pruned. */
  recordRun(route: string, run: RunRow): Promise<void>;
  listRuns(route: string, most: number): Promise<readonly RunRow[]>;
}

/** What the run history keeps of one run of one route: the summary, as JSON-compatible data. */
export interface RunRow {
  readonly runId: string;
  readonly at: Instant;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Keeps the bodies of records that no sink will take. */
export interface DeadLetterStore {
  /** Writes the body under the event id; writing the same one twice changes nothing. Throws `DEAD_LETTER_FAILED`. */
  put(
    route: string,
    letter: { readonly eventId: string; readonly reason: string; readonly body: Uint8Array },
  ): Promise<void>;
}
