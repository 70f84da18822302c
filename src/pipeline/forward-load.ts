// One load: drops what the ledger knows, sends the rest, and closes the slices whose records are all settled.
import { BridgeError } from "../errors.ts";
import { sortOut, type Ledger, type Sorted, type Updates } from "./ledger.ts";
import type { DeadLetterEntry, DeadLetterStore, SendReport } from "./ports.ts";
import { closeSlice } from "./progress.ts";
import type { PlannedSlice } from "./reading-plan.ts";
import type { FeedRecord, Instant, OutgoingEvent, Window } from "./records.ts";
import type { RouteProgress } from "./route-progress.ts";
import type { SettledUpTo } from "./settled-up-to.ts";
import { toEvent } from "./to-event.ts";
import type { Totals } from "./totals.ts";

export interface LoadDeps {
  readonly route: string;
  readonly feed: string;
  readonly updates: Updates;
  readonly deadLetters: DeadLetterStore;
  readonly ledger: Ledger;
  readonly progress: RouteProgress;
  readonly settledUpTo: SettledUpTo;
  send(events: readonly OutgoingEvent[]): Promise<SendReport>;
  now(): Instant;
  /** False while the feed has shown no record ever and the API hides some: then nothing may count as done. */
  mayClose(slice: PlannedSlice): boolean;
}

export interface LoadResult {
  readonly totals: Partial<Totals>;
  /** Confirmed by the sink, in no particular order. */
  readonly delivered: readonly FeedRecord[];
  /** What kept the sink from confirming the rest. What it did confirm is settled all the same. */
  readonly failure?: BridgeError;
}

/**
 * Nothing is saved here: the caller saves the progress once the load is through. `soFar` is what the run counted before
 * this load.
 */
export async function forwardLoad(load: readonly PlannedSlice[], deps: LoadDeps, soFar: Totals): Promise<LoadResult> {
  // Judged before anything is sent: a wrong clock must stop the feed, not colour what it has done.
  const settledTo = load.map((slice) => deps.settledUpTo(slice));
  const onTheWay = new Set<string>();
  const sorted = load.map((slice) => sortOut(slice.records, slice.unreadable, deps.ledger, deps.updates, onTheWay));
  const events = sorted.flatMap(({ fresh }, index) => {
    const origin = { route: deps.route, feed: deps.feed, late: load[index]?.purpose === "lookback" };
    return fresh.map((record) => toEvent(record, origin));
  });
  const report = events.length === 0 ? NOTHING_SENT : await deps.send(events);
  const windows = windowsByEvent(load, sorted);
  for (const event of report.confirmed) deps.progress.settle(event.eventId, windowOf(windows, event.eventId).to);
  const read = sumOf(load, ({ records, unreadable, filtered }) => records.length + unreadable.length + filtered);
  const dead = await deadLetterAll(sorted, report, windows, { ...deps, soFar, read: soFar.read + read });
  closeSettled(load, sorted, settledTo, deps);
  const totals = count(load, sorted, report, dead.letters);
  const confirmed = new Set(report.confirmed.map(({ eventId }) => eventId));
  const delivered = sorted.flatMap(({ fresh }) => fresh.filter(({ eventId }) => confirmed.has(eventId)));
  const failure = report.failure ?? dead.failure;
  return failure === undefined ? { totals, delivered } : { totals, delivered, failure };
}

const NOTHING_SENT: SendReport = { confirmed: [], refused: [], batches: 0, bytes: 0 };

/**
 * Body first, then its row with the next save: a row never points at nothing. A letter that cannot be kept ends the
 * load, but not before what was confirmed can be saved.
 */
async function deadLetterAll(
  sorted: readonly Sorted[],
  report: SendReport,
  windows: ReadonlyMap<string, Window>,
  deps: LoadDeps & { readonly soFar: Totals; readonly read: number },
): Promise<{ readonly letters: number; readonly failure?: BridgeError }> {
  const records = new Map<string, FeedRecord>();
  if (report.refused.length > 0) {
    for (const { fresh } of sorted) for (const record of fresh) records.set(record.eventId, record);
  }
  const letters = [
    ...report.refused.map(({ event, reason }) => ({ eventId: event.eventId, reason, body: event.body })),
    ...sorted.flatMap(({ unreadable }) => unreadable),
  ];
  const all = deps.soFar.deadLettered + letters.length;
  if (all >= FLOOD_LEAST && all > FLOOD_SHARE * deps.read) return { letters: 0, failure: flood(deps, all) };
  for (const [index, letter] of letters.entries()) {
    const window = windowOf(windows, letter.eventId);
    const record = records.get(letter.eventId);
    try {
      await deps.deadLetters.put(deps.route, letter);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      return { letters: index, failure: error };
    }
    deps.progress.addDeadLetter({
      eventId: letter.eventId,
      reason: letter.reason,
      ...(record === undefined ? {} : identityOf(record)),
      window,
      bytes: letter.body.byteLength,
      at: deps.now(),
    });
    deps.progress.settle(letter.eventId, window.to);
  }
  return { letters: letters.length };
}

function identityOf({ recType, key, version, device, time }: FeedRecord): Partial<DeadLetterEntry> {
  return { recType, recordKey: key, identity: { version, device, time } };
}

/** So many, and more than this share of a run's records: not bad records, but an API or a sink that has changed. */
const FLOOD_LEAST = 20;
const FLOOD_SHARE = 0.05;

function flood({ feed, read }: { feed: string; read: number }, letters: number): BridgeError {
  return new BridgeError(
    "DEAD_LETTER_FLOOD",
    `Feed ${feed}: ${letters} of ${read} records of this run can be neither sent nor read; the feed stops instead of ` +
      "turning them all into dead letters",
    {
      fix:
        "Look at one of them in the log of the run: the API or the hub has probably changed. Nothing was marked as " +
        "done; when the cause is removed, the next run reads them again.",
    },
  );
}

/** A slice closes when each of its records is settled, and no earlier slice of the load was left open. */
function closeSettled(
  load: readonly PlannedSlice[],
  sorted: readonly Sorted[],
  settledTo: readonly Instant[],
  deps: LoadDeps,
): void {
  for (const [index, slice] of load.entries()) {
    const { fresh = [], unreadable = [] } = sorted[index] ?? {};
    const isSettled = ({ eventId }: { eventId: string }): boolean => deps.ledger.look(eventId) === "delivered";
    if (!fresh.every(isSettled) || !unreadable.every(isSettled)) return;
    if (!deps.mayClose(slice)) continue;
    deps.progress.update((checkpoint) => closeSlice(checkpoint, slice, settledTo[index] ?? slice.window.from));
  }
}

function count(
  load: readonly PlannedSlice[],
  sorted: readonly Sorted[],
  report: SendReport,
  deadLettered: number,
): Partial<Totals> {
  const of = (each: (slice: PlannedSlice) => number): number => sumOf(load, each);
  const sum = (part: (one: Sorted) => number): number => sorted.reduce((total, one) => total + part(one), 0);
  const toSettle = sum((one) => one.fresh.length + one.unreadable.length);
  return {
    read: of((slice) => slice.records.length + slice.unreadable.length + slice.filtered),
    delivered: report.confirmed.length,
    alreadyDelivered: sum((one) => one.alreadyDelivered),
    filtered: of((slice) => slice.filtered) + sum((one) => one.leftOut),
    deadLettered,
    leftForNextRun: toSettle - report.confirmed.length - deadLettered,
    updates: sum((one) => one.updates),
    late: report.confirmed.filter((event) => event.properties.late).length,
    pages: of((slice) => slice.pages),
    bytesRead: of((slice) => slice.bytes),
    batches: report.batches,
    bytesSent: report.bytes,
    slices: load.length,
  };
}

function sumOf(load: readonly PlannedSlice[], each: (slice: PlannedSlice) => number): number {
  return load.reduce((sum, slice) => sum + each(slice), 0);
}

function windowsByEvent(load: readonly PlannedSlice[], sorted: readonly Sorted[]): ReadonlyMap<string, Window> {
  const windows = new Map<string, Window>();
  for (const [index, slice] of load.entries()) {
    for (const record of sorted[index]?.fresh ?? []) windows.set(record.eventId, slice.window);
    for (const one of sorted[index]?.unreadable ?? []) windows.set(one.eventId, slice.window);
  }
  return windows;
}

function windowOf(windows: ReadonlyMap<string, Window>, eventId: string): Window {
  const window = windows.get(eventId);
  if (window === undefined) throw new Error(`the sink reported an event it was not given: ${eventId}`);
  return window;
}
