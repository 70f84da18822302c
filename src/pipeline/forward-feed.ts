// The main path: forwards one feed to one sink. Timer, queue, webhook, backfill and replay all end here.
import { BridgeError } from "../errors.ts";
import { loadForwarder, type LoadDeps } from "./forward-load.ts";
import type { InFlight } from "./in-flight.ts";
import { acquireLease, type LeaseClock, type LeaseKeeper, type LeaseTerms } from "./lease.ts";
import { loadLedger, type Ledger } from "./ledger.ts";
import { loadsInFlight } from "./loads-in-flight.ts";
import type { Checkpoint, CheckpointStore, DeadLetterStore, LeaseSight, LeaseStore, Paused, Saved } from "./ports.ts";
import type { PushClaims } from "./push-ports.ts";
import { pushPlan, type PushPlan } from "./push-terms.ts";
import { expireLedger, firstCheckpoint, raiseWatermark, rememberWindow, withoutSending } from "./progress.ts";
import { oldestRead, owesDeepLookback, plannedSlices, withOwedLookback, type ReadingPlan } from "./reading-plan.ts";
import type { RecoveryDeps } from "./recovery.ts";
import type { FeedRecord, Instant } from "./records.ts";
import { ledgersOf, sentAs, type Route } from "./route.ts";
import { openProgress, type RouteProgress } from "./route-progress.ts";
import { savePace } from "./save-pace.ts";
import { createSender, type Sender } from "./sender.ts";
import { settledUpTo } from "./settled-up-to.ts";
import { openTally, type RunFacts, type Tally } from "./tally.ts";
import { visibility } from "./visibility.ts";

export type { Route } from "./route.ts";

/** How one run of one route ended. Only `blocked` asks for attention. */
export type RunOutcome = RunFacts & Ending;

export type Ending =
  | { readonly kind: "caught-up" }
  | { readonly kind: "out-of-time" }
  /** Another run is at work on this route. */
  | { readonly kind: "elsewhere"; readonly owner: string }
  /** An operator keeps it from being served. */
  | { readonly kind: "paused"; readonly paused: Paused }
  | { readonly kind: "blocked"; readonly error: BridgeError };

/** What was found of a route before its turn. The lease was looked at first, so that it vouches for the checkpoint. */
export interface Seen {
  readonly lease: LeaseSight;
  /** `undefined` on the first run ever. */
  readonly saved: Saved | undefined;
}

/** Everything the main path touches outside itself. Tests and the simulation pass in-memory versions. */
export interface ForwardDeps {
  readonly store: CheckpointStore & LeaseStore;
  readonly deadLetters: DeadLetterStore;
  now(): Instant;
  /** When the turn began, for routes that read together: their windows end alike. Default: now. */
  readonly began?: Instant;
  readonly clock: LeaseClock;
  readonly leaseTerms: LeaseTerms;
  /** Names this run to those who find its lease. */
  readonly owner: string;
  /** Aborts when progress must make room for an owed lookback. */
  readonly progressing: AbortSignal;
  /** Aborts when reading must stop, early enough for what was read to be sent and saved. */
  readonly reading: AbortSignal;
  /** Aborts when the run must end. */
  readonly sending: AbortSignal;
  /** Most response bytes of one slice; a window with more is split. */
  readonly sliceMaxBytes: number;
  /** What all routes of the run hold together. */
  readonly inFlight: InFlight;
  /** Response bytes gathered before they are sent together. */
  readonly loadBytes: number;
  /** Response bytes after which a run in full swing saves its progress: what a crash has to read back from the hub. */
  readonly saveBytes: number;
  /** Most bytes of events read back in one run. */
  readonly readBackBytes: number;
  /** Removes the dead letters that are older than they are kept; asked once a day. */
  expireDeadLetters?(route: string): Promise<void>;
  /** For routes with push; others never ask it anything. */
  readonly pushClaims?: PushClaims;
  /** Told what the sink has confirmed for the first time, as often as something was. Must not throw. */
  onDelivered?(route: Route, records: readonly FeedRecord[]): void;
}

/**
 * Forwards one feed until it is caught up, out of time, blocked, or found to be in other hands. A window counts as done
 * only once each of its records was confirmed or dead-lettered, so nothing is lost; what a crash left unrecorded is read
 * back from the sink before anything is sent, so nothing is repeated where the sink can be read. Throws only for bugs.
 */
export async function forwardFeed(route: Route, seen: Seen, deps: ForwardDeps): Promise<RunOutcome> {
  const tally = openTally(route.name, route.feed, route.timing.lookbackMs);
  const ended = (ending: Ending): RunOutcome => ({ ...tally.facts(), ...ending });
  const paused = pausedIn(seen.saved, tally);
  if (paused !== undefined) return ended({ kind: "paused", paused });
  try {
    const { name } = route;
    const request = { route: name, owner: deps.owner, store: deps.store, clock: deps.clock, terms: deps.leaseTerms };
    const acquired = await acquireLease({ ...request, seen: seen.lease, signal: deps.reading });
    if (acquired.kind === "elsewhere") return ended(acquired);
    const { keeper, sinceSeen } = acquired;
    try {
      const saved = sinceSeen ? seen.saved : await deps.store.load(name);
      const pausedSince = pausedIn(saved, tally);
      if (pausedSince !== undefined) return ended({ kind: "paused", paused: pausedSince });
      await forwardUnderLease({ route, keeper, tally, deps }, saved);
    } finally {
      await unlessItFails(() => keeper.release(), tally);
    }
    return ended({ kind: "caught-up" });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error; // a bug: the host records a failed run
    return ended(error.code === "OUT_OF_TIME" ? { kind: "out-of-time" } : { kind: "blocked", error });
  }
}

function pausedIn(saved: Saved | undefined, tally: Tally): Paused | undefined {
  if (saved?.checkpoint.paused !== undefined) tally.noteCheckpoint(saved.checkpoint);
  return saved?.checkpoint.paused;
}

/** The job itself. What it throws is why the route could not be caught up; what it had come to is saved before. */
async function forwardUnderLease(turn: Turn, saved: Saved | undefined): Promise<void> {
  const { route, tally, deps } = turn;
  const began = deps.began ?? deps.now();
  const opened = saved ?? (await saveFirst(turn, began));
  tally.noteCheckpoint(opened.checkpoint);
  const daily = owesDeepLookback(opened.checkpoint, began);
  tally.noteDaily(daily);
  const parts = await route.source.parts(deps.reading, Object.keys(opened.checkpoint.parts));
  const checkpoint = withOwedLookback(opened.checkpoint, parts, route.timing, began);
  const ledger = await loadLedger(deps.store, ledgersOf(route), oldestRead(checkpoint, parts));
  const progress = openProgress({ ...opened, checkpoint }, ledger, (change, revision) => save(turn, change, revision));
  const push = await pushPlan(route, checkpoint, began, deps.pushClaims);
  const sender = createSender(turn.keeper, deps.sending, recoveryDeps(turn, progress, ledger));
  const visible = visibility(route.feed, checkpoint);
  const pace = savePace(progress, { saveBytes: deps.saveBytes, now: () => deps.now() });
  const stop = new AbortController();
  const end = push?.end ?? began - route.timing.settleDelayMs;
  const slices = plannedSlices(readingPlan(turn, progress, { parts, end, stop: stop.signal }));
  const inFlight = loadsInFlight(slices, deps, stop);
  const forward = loadForwarder(
    loadDeps(turn, { progress, ledger, sender, push, inFlight, mayClose: (slice) => visible.mayClose(slice) }),
  );
  try {
    const back = await sender.recover(push);
    tally.noteRecovered(back.recovered);
    tally.notePushed(back.pushed);
    for await (const next of inFlight.loads) {
      const done = await forward(next, tally.totals);
      tally.add(done.totals, done.delivered);
      progress.update((reached) => ({ ...raiseWatermark(reached, parts), servedAt: deps.now() }));
      if (done.delivered.length > 0) deps.onDelivered?.(route, done.delivered);
      if (done.failure !== undefined) throw done.failure;
      if (!next.last && pace.isDue(next)) await progress.save();
    }
    visible.throwIfAllHidden();
    const { before, checkpoint: final } = expireLedger(progress.checkpoint, parts, route.timing);
    progress.update(() => withoutMark(final, sender));
    await progress.save();
    // A run without news leaves the ledger as it was.
    const filed = progress.checkpoint.nextSegment !== opened.checkpoint.nextSegment;
    if (filed || daily) await unlessItFails(() => deps.store.compactLedger(route.name, before), tally);
    if (daily) await unlessItFails(async () => deps.expireDeadLetters?.(route.name), tally);
    if (push !== undefined) await unlessItFails(() => push.expire(), tally);
  } catch (error) {
    if (error instanceof BridgeError && !STATE_IS_GONE.has(error.code)) await saveEarlyEnd(progress, sender, tally);
    throw error;
  } finally {
    inFlight.close();
    tally.warnings.push(...(route.source.takeWarnings?.() ?? []), ...(route.sink.takeWarnings?.() ?? []));
  }
}

/** One run of one route under its lease. */
interface Turn {
  readonly route: Route;
  readonly keeper: LeaseKeeper;
  readonly tally: Tally;
  readonly deps: ForwardDeps;
}

async function save(
  { route, keeper, tally, deps }: Turn,
  change: Parameters<CheckpointStore["save"]>[1],
  revision: string | undefined,
): Promise<Saved> {
  const after = await keeper.save((lease) => deps.store.save(route.name, change, revision, lease));
  tally.noteCheckpoint(after.checkpoint);
  return after;
}

/** The start is kept at once: it is counted back from the first attempt, not from the first one that succeeds. */
async function saveFirst(turn: Turn, began: Instant): Promise<Saved> {
  turn.tally.noteFirstRun();
  const { timing, backfill } = turn.route;
  const checkpoint = backfill?.first(began) ?? firstCheckpoint(timing.startAt(began), began);
  return save(turn, { checkpoint, deadLetters: [] }, undefined);
}

function readingPlan(
  { route, deps }: Turn,
  progress: RouteProgress,
  { parts, end, stop }: { readonly parts: readonly string[]; readonly end: Instant; readonly stop: AbortSignal },
): ReadingPlan {
  return {
    feed: route.feed,
    source: route.source,
    parts,
    checkpoint: progress.checkpoint,
    end: Math.min(end, route.timing.until ?? Number.POSITIVE_INFINITY),
    windowMs: route.timing.windowMs,
    // What comes in order need not be gathered to be put in order.
    maxBytes: route.source.ascending ? Math.min(deps.sliceMaxBytes, deps.loadBytes) : deps.sliceMaxBytes,
    progressing: deps.progressing,
    signal: AbortSignal.any([deps.reading, stop]),
    rememberWindow: (part, windowMs) => progress.update((reached) => rememberWindow(reached, part, windowMs)),
  };
}

function recoveryDeps({ route, tally, deps }: Turn, progress: RouteProgress, ledger: Ledger): RecoveryDeps {
  return {
    route: route.name,
    sentAs: sentAs(route),
    sink: route.sink,
    progress,
    ledger,
    warnings: tally.warnings,
    now: () => deps.now(),
    wait: (ms, signal) => deps.clock.wait(ms, signal),
    signal: deps.reading,
    maxBytes: deps.readBackBytes,
  };
}

function loadDeps(
  { route, deps }: Turn,
  {
    sender,
    push,
    ...run
  }: Pick<LoadDeps, "progress" | "ledger" | "inFlight" | "mayClose"> & {
    readonly sender: Sender;
    readonly push: PushPlan | undefined;
  },
): LoadDeps {
  return {
    ...run,
    route: route.name,
    sentAs: sentAs(route),
    isBackfill: route.backfill !== undefined,
    feed: route.feed,
    updates: route.updates,
    deadLetters: deps.deadLetters,
    settledUpTo: settledUpTo(route.feed, push?.settleDelayMs ?? route.timing.settleDelayMs),
    send: (events, more) => sender.send(events, more),
    now: () => deps.now(),
  };
}

/** Without the mark `sending`, unless something may be in the sink that is not in the ledger. */
function withoutMark(checkpoint: Checkpoint, sender: Sender): Checkpoint {
  return sender.nothingUncertain ? withoutSending(checkpoint) : checkpoint;
}

/** What the route has come to when it ends before it is caught up. The reason it ended is the one to report. */
async function saveEarlyEnd(progress: RouteProgress, sender: Sender, tally: Tally): Promise<void> {
  progress.update((checkpoint) => withoutMark(checkpoint, sender));
  if (progress.changed) await unlessItFails(() => progress.save(), tally);
}

/** After these nothing can be saved any more. */
const STATE_IS_GONE: ReadonlySet<string> = new Set([
  "STATE_CONFLICT",
  "STATE_DENIED",
  "STATE_UNREADABLE",
  "LEASE_LOST",
]);

/** For work that the next run does again: an expected failure becomes a warning. */
async function unlessItFails(work: () => Promise<void>, tally: Tally): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    tally.warnings.push(error);
  }
}
