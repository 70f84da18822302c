// Forwards loads one after the other: drops what the ledger knows, sends the rest, and closes the slices that are settled.
import { BridgeError } from "../errors.ts";
import { recordHalf, sortOut, type Ledger, type Sorted, type Updates } from "./ledger.ts";
import type { Load } from "./loads.ts";
import type { LoadsInFlight } from "./loads-in-flight.ts";
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
  /** The name that its events carry. */
  readonly sentAs: string;
  /** Its events come behind those of the live route: all of them are late. */
  readonly isBackfill: boolean;
  readonly feed: string;
  readonly updates: Updates;
  readonly deadLetters: DeadLetterStore;
  readonly ledger: Ledger;
  readonly progress: RouteProgress;
  readonly settledUpTo: SettledUpTo;
  /** As `Sink.send`. */
  send(events: readonly OutgoingEvent[], more: boolean): Promise<SendReport>;
  now(): Instant;
  readonly inFlight: Pick<LoadsInFlight, "mayHoldBack" | "letGo">;
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

/** A slice some of whose records are not settled yet, or that stands behind one. */
interface OpenSlice {
  readonly slice: PlannedSlice;
  readonly settledTo: Instant;
  unsettled: number;
}

/** On its way: read, and neither confirmed nor dead-lettered. Without a record it could not be read. */
interface Waiting {
  readonly from: OpenSlice;
  readonly record?: FeedRecord;
}

/**
 * Forwards loads, in order. What fills no batch waits for the next load, and its slice stays open so long: slices close in
 * the order they were read, each once all its records are settled. Nothing is saved here: that is up to the caller.
 */
export function loadForwarder(deps: LoadDeps): (load: Load, soFar: Totals) => Promise<LoadResult> {
  const open: OpenSlice[] = [];
  const waiting = new Map<string, Waiting>();
  const recordsOnTheWay = new Set<string>();
  let heldBack: readonly OutgoingEvent[] = [];

  function settle(eventId: string): FeedRecord | undefined {
    const { from, record } = waitingOf(waiting, eventId);
    deps.progress.settle(eventId, from.slice.window.to);
    from.unsettled -= 1;
    waiting.delete(eventId);
    // From here on the ledger knows the record.
    if (record !== undefined) recordsOnTheWay.delete(recordHalf(eventId));
    return record;
  }

  function take(load: Load): { readonly sorted: readonly Sorted[]; readonly fresh: readonly OutgoingEvent[] } {
    // Judged before anything is sent: a wrong clock must stop the feed, not colour what it has done.
    const settledTo = load.slices.map((slice) => deps.settledUpTo(slice));
    const fresh: OutgoingEvent[] = [];
    const sorted = load.slices.map((slice, index) => {
      const from = { slice, settledTo: settledTo[index] ?? slice.window.from, unsettled: 0 };
      const late = deps.isBackfill || slice.purpose === "lookback";
      const origin = { route: deps.sentAs, feed: deps.feed, late };
      open.push(from);
      return sortOut(slice.records, slice.unreadable, deps.ledger, deps.updates, {
        has: (eventId) => waiting.has(eventId),
        hasRecord: (half) => recordsOnTheWay.has(half),
        add(one, half) {
          from.unsettled += 1;
          const record = half !== undefined && "key" in one ? one : undefined;
          waiting.set(one.eventId, record === undefined ? { from } : { from, record });
          if (record === undefined || half === undefined) return;
          recordsOnTheWay.add(half);
          fresh.push(toEvent(record, origin));
        },
      });
    });
    return { sorted, fresh };
  }

  return async (load, soFar) => {
    const waitedBefore = waiting.size;
    const { sorted, fresh } = take(load);
    const events = heldBack.length === 0 ? fresh : [...heldBack, ...fresh];
    const more = !load.last && deps.inFlight.mayHoldBack();
    const report = events.length === 0 ? NOTHING_SENT : await deps.send(events, more);
    heldBack = report.heldBack ?? [];
    if (report.failure === undefined) throwUnlessAccounted(events, report, more);
    const delivered = report.confirmed.flatMap(({ eventId }) => settle(eventId) ?? []);
    const read = sumOf(
      load.slices,
      ({ records, unreadable, filtered }) => records.length + unreadable.length + filtered,
    );
    const dead = await deadLetterAll(sorted, report, waiting, { ...deps, settle, soFar, read: soFar.read + read });
    closeSettled(open, deps);
    const leftForNextRun = waiting.size - waitedBefore;
    const totals = { ...count(load.slices, sorted, report), deadLettered: dead.letters, leftForNextRun };
    const failure = report.failure ?? dead.failure;
    return failure === undefined ? { totals, delivered } : { totals, delivered, failure };
  };
}

function waitingOf(waiting: ReadonlyMap<string, Waiting>, eventId: string): Waiting {
  const found = waiting.get(eventId);
  if (found === undefined) throw new Error(`the sink reported an event it was not given: ${eventId}`);
  return found;
}

/** A sink that drops events from its report would leave them unsent, run after run, without a word. */
function throwUnlessAccounted(
  events: readonly OutgoingEvent[],
  { confirmed, refused, heldBack = [] }: SendReport,
  more: boolean,
): void {
  const told = confirmed.length + refused.length + heldBack.length;
  if (told !== events.length) throw new Error(`the sink was given ${events.length} events and reports ${told}`);
  if (!more && heldBack.length > 0) throw new Error(`the sink holds ${heldBack.length} events back though none follow`);
}

const NOTHING_SENT: SendReport = { confirmed: [], refused: [], batches: 0, bytes: 0 };

/**
 * Body first, then its row with the next save: a row never points at nothing. A letter that cannot be kept ends the
 * load, but not before what was confirmed can be saved.
 */
async function deadLetterAll(
  sorted: readonly Sorted[],
  report: SendReport,
  waiting: ReadonlyMap<string, Waiting>,
  deps: LoadDeps & { settle(eventId: string): unknown; readonly soFar: Totals; readonly read: number },
): Promise<{ readonly letters: number; readonly failure?: BridgeError }> {
  const letters = [
    ...report.refused.map(({ event, reason }) => ({ eventId: event.eventId, reason, body: event.body })),
    ...sorted.flatMap(({ unreadable }) => unreadable),
  ];
  const all = deps.soFar.deadLettered + letters.length;
  if (all >= FLOOD_LEAST && all > FLOOD_SHARE * deps.read) return { letters: 0, failure: flood(deps, all) };
  for (const [index, letter] of letters.entries()) {
    const { from, record } = waitingOf(waiting, letter.eventId);
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
      window: windowOf(from),
      bytes: letter.body.byteLength,
      at: deps.now(),
    });
    deps.settle(letter.eventId);
  }
  return { letters: letters.length };
}

function windowOf({ slice }: OpenSlice): Window {
  return slice.window;
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

/** A slice closes when each of its records is settled, and no earlier slice was left open. */
function closeSettled(open: OpenSlice[], deps: LoadDeps): void {
  const firstUnsettled = open.findIndex(({ unsettled }) => unsettled > 0);
  for (const { slice, settledTo } of open.splice(0, firstUnsettled === -1 ? open.length : firstUnsettled)) {
    deps.inFlight.letGo(slice);
    if (deps.mayClose(slice)) deps.progress.update((checkpoint) => closeSlice(checkpoint, slice, settledTo));
  }
}

function count(slices: readonly PlannedSlice[], sorted: readonly Sorted[], report: SendReport): Partial<Totals> {
  const of = (each: (slice: PlannedSlice) => number): number => sumOf(slices, each);
  const sum = (part: (one: Sorted) => number): number => sorted.reduce((total, one) => total + part(one), 0);
  return {
    read: of((slice) => slice.records.length + slice.unreadable.length + slice.filtered),
    delivered: report.confirmed.length,
    alreadyDelivered: sum((one) => one.alreadyDelivered),
    filtered: of((slice) => slice.filtered) + sum((one) => one.leftOut),
    updates: sum((one) => one.updates),
    late: report.confirmed.filter((event) => event.properties.late).length,
    pages: of((slice) => slice.pages),
    bytesRead: of((slice) => slice.bytes),
    batches: report.batches,
    bytesSent: report.bytes,
    slices: slices.length,
  };
}

function sumOf(load: readonly PlannedSlice[], each: (slice: PlannedSlice) => number): number {
  return load.reduce((sum, slice) => sum + each(slice), 0);
}
