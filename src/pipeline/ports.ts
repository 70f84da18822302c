// Everything the pipeline touches outside itself. The app passes real ones, tests and the simulation in-memory ones.
import type { BridgeError } from "../errors.ts";
import type { Pushed } from "./push-ports.ts";
import type { HubPositions, ReadBack } from "./read-back-ports.ts";
import type { Instant, OutgoingEvent, Page, Window } from "./records.ts";
import type { HeldLease } from "./lease-ports.ts";
import type { Slice, SliceRequest } from "./slices.ts";

export type { HeldLease, LeaseSight, LeaseStore } from "./lease-ports.ts";
export type { HubPositions, ReadBack, ReadBackReport, ReadBackRequest } from "./read-back-ports.ts";

/** Reads one feed. Pages of a window arrive one at a time, so that memory holds no more than the pipeline keeps. */
export interface FeedSource {
  /**
   * The parts that are read each on its own, with a progress of their own: the locations of a dashboard, else `[""]`.
   * `known` are those that have progress already: a location that discovery no longer finds is still asked for.
   */
  parts(signal: AbortSignal, known: readonly string[]): Promise<readonly string[]>;
  /**
   * Reads every record of one part whose time lies in the window. Throws a `BridgeError` when the answer cannot be
   * trusted; pages already yielded then count for nothing.
   */
  readPages(request: PageRequest): AsyncIterable<Page>;
  /**
   * What `readPages` will be asked for next, and then probably, in this order: a source may ask for it ahead, as far as it
   * has room, and lets go of all else that it has asked for. Nothing but time may depend on it.
   */
  expect?(requests: readonly PageRequest[]): void;
  /**
   * Narrower parts that together make up this one, for a single instant that is still too full; `undefined` when there
   * is nothing narrower to ask for. `readPages` takes them like any other part; they have no progress of their own.
   */
  finerParts?(part: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /**
   * How many records the window really has, by a counting view; `undefined` when there is none or it cannot tell.
   * Fewer records read than counted means that the reading missed some.
   */
  countRecords?(request: PageRequest): Promise<number | undefined>;
  /** True when records arrive in ascending time over all pages of a window, so that a slice may end between two pages. */
  readonly ascending: boolean;
  /** In place of `readPages` for those who read along with others (`shared-reading.ts`): the slices of a window, as `readSlices`. */
  readSlices?(request: SliceRequest): AsyncIterable<Slice>;
  /** What the reader noticed that did not stop it, since it was last asked: vanished locations, an unreadable view definition. */
  takeWarnings?(): readonly BridgeError[];
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
   * `mayStart` is asked right before each transfer, with nothing awaited in between: when it says no, none is started any
   * more. A signal alone would come too late in a process that stood still, as timers are.
   * With `more` the sink may hold back what does not fill a batch: the caller sends it again, in front of what follows.
   */
  send(
    events: readonly OutgoingEvent[],
    signal: AbortSignal,
    mayStart?: () => boolean,
    more?: boolean,
  ): Promise<SendReport>;
  close(): Promise<void>;
  /** Those that the sink would refuse for their size, by trying them on batches that are not sent. Throws a `BridgeError`. */
  wouldRefuse?(events: readonly OutgoingEvent[], signal: AbortSignal): Promise<readonly Refusal[]>;
  /** Longest time after which a send that was given up may still arrive, in milliseconds. */
  readonly settleMs?: number;
  /** How to find out what arrived; absent where a sink cannot be read. */
  readonly readBack?: ReadBack;
  /** For a sink without `readBack`: what is not known after a crash, told to the operator. */
  readonly afterCrash?: AfterCrash;
  /** What it noticed that did not stop it, since it was last asked: records that went elsewhere than wished. */
  takeWarnings?(): readonly BridgeError[];
}

/** Why a sink cannot be read back, and what follows from it: whether repeats are dropped, and by whom. */
export interface AfterCrash {
  /** In words that follow "a run ended while it was sending, and". */
  readonly meaning: string;
  readonly fix: string;
}

export interface SendReport {
  readonly confirmed: readonly OutgoingEvent[];
  /** Events this sink will never accept. */
  readonly refused: readonly Refusal[];
  /** Not sent, because they fill no batch: only where the caller had said that more follows. */
  readonly heldBack?: readonly OutgoingEvent[];
  /** Why the rest is neither; set exactly when some event is neither confirmed nor refused nor held back. */
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
  /** Length of the next window in milliseconds, while it is below the setting: larger ones were too much for the API. */
  readonly windowMs?: number;
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
  /** Set from before the first send of a run until its clean end: from here on, events may be in the hub unrecorded. */
  readonly sending?: Sending;
  /** Spans that an operator gave up: never read again, neither for progress nor for late records. */
  readonly gaps?: readonly Gap[];
  /** Set while an operator keeps the route from being served. */
  readonly paused?: Paused;
  /** Of a route to which records are pushed beside the polling. */
  readonly pushed?: Pushed;
}

/** Who keeps a route from being served (`pause.ts`), why, and since when. */
export interface Paused {
  readonly by: string;
  readonly reason: string;
  readonly since: Instant;
}

/** A span of one part that was skipped on purpose (`skip-gap.ts`). */
export interface Gap extends Window {
  readonly part: string;
  readonly reason: string;
  readonly at: Instant;
  /** How far the part had been read when it was given up: what lies before had been delivered. Older ones lack it. */
  readonly readTo?: Instant;
}

export interface Sending {
  /** Absent where the sink cannot be read back. */
  readonly positions?: HubPositions;
  /** Where a reading back that takes several runs ends: on a busy hub it would never catch up with the end of the hub. */
  readonly upTo?: HubPositions;
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
  /** The rest of what its event needs, for replay; absent for a record that could not be read. */
  readonly identity?: LetterIdentity;
  readonly window: Window;
  readonly bytes: number;
  readonly at: Instant;
}

export interface LetterIdentity {
  readonly version: string;
  readonly device: string;
  readonly time: Instant;
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
   * `STATE_TOO_LARGE` when the save cannot fit the store's limits. With a lease, the save holds only while the lease row
   * is still as this run left it, and renews it: otherwise `LEASE_LOST`.
   */
  save(
    route: string,
    change: {
      readonly checkpoint: Checkpoint;
      readonly segment?: LedgerSegment;
      readonly deadLetters: readonly DeadLetterEntry[];
    },
    revision: string | undefined,
    lease?: HeldLease,
  ): Promise<Saved & { readonly lease?: HeldLease }>;
  /** Outside the checkpoint: merges small segments into large ones and deletes those filed before `before`. */
  compactLedger(route: string, before: Instant): Promise<void>;
  /** One row per run, newest first. */
  recordRun(route: string, run: RunRow): Promise<void>;
  /** Deletes the rows of runs that are too many or too old, counted from `newest` back. */
  pruneRuns(route: string, newest: Instant): Promise<void>;
  listRuns(route: string, most: number): Promise<readonly RunRow[]>;
}

/** What the run history keeps of one run of one route: the summary, as JSON-compatible data. */
export interface RunRow {
  readonly runId: string;
  readonly at: Instant;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** The names of all routes that ever ran: one that is taken out of the settings keeps its progress, and is not forgotten. */
export interface RouteIndex {
  /** Throws what the store throws. */
  list(): Promise<readonly string[]>;
  /** Adding a name that is there changes nothing. */
  add(routes: readonly string[]): Promise<void>;
}

/** Keeps the bodies of records that no sink will take. */
export interface DeadLetterStore {
  /** Writes the body under the event id; writing the same one twice changes nothing. Throws `DEAD_LETTER_FAILED`. */
  put(
    route: string,
    letter: { readonly eventId: string; readonly reason: string; readonly body: Uint8Array },
  ): Promise<void>;
}
