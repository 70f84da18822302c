// A backfill: a finite range through the same pipeline as the live route, in turns, with a progress of its own.
import { BridgeError } from "../errors.ts";
import type { BackfillStore, OpenBackfill } from "./backfill-ports.ts";
import {
  backfillName,
  firstBackfillCheckpoint,
  isDone,
  opened,
  planBackfill,
  type BackfillPlan,
  type BackfillRequest,
} from "./backfill-plan.ts";
import { finishBackfill, type FinishDeps } from "./backfill-finish.ts";
import { look, type RunTime } from "./feed-turn.ts";
import { forwardFeed, type ForwardDeps, type Route, type RunOutcome, type Seen } from "./forward-feed.ts";
import type { Checkpoint } from "./ports.ts";
import type { Instant } from "./records.ts";
import { addTotals, noTotals, type Totals } from "./totals.ts";

export interface BackfillDeps
  extends Omit<ForwardDeps, "progressing" | "reading" | "sending" | "began" | "expireDeadLetters">, FinishDeps {
  readonly book: BackfillStore;
  readonly time: Pick<RunTime, "after">;
  readonly pace: BackfillPace;
  /** Aborts when the operator wants it to stop: it ends with its turn, and can be resumed. */
  readonly stop: AbortSignal;
  /** Told after each turn, and while it gives way. */
  onTurn?(sight: BackfillSight): void;
}

export interface BackfillPace {
  /** How long it reads at a time, in milliseconds: the live route waits for nothing, but shares the API that long. */
  readonly turnMs: number;
  /** Of the time, above 0 and at most 1: the rest it leaves to others. */
  readonly share: number;
  /** How often it looks whether the live route still sends. */
  readonly giveWayMs: number;
}

export interface BackfillSight {
  readonly doneTo: Instant;
  readonly totals: Totals;
  /** The live route is sending, or a run of it died while it did: that goes first. */
  readonly givesWay: boolean;
}

export type BackfillOutcome = { readonly totals: Totals; readonly warnings: readonly BridgeError[] } & BackfillEnding;

export type BackfillEnding =
  | { readonly kind: "done" }
  /** Everything was delivered before, or belongs to the live route. */
  | { readonly kind: "nothing-to-do" }
  /** Before its end; the same command goes on from there. */
  | { readonly kind: "stopped"; readonly doneTo: Instant }
  /** Somebody works on this backfill already. */
  | { readonly kind: "elsewhere"; readonly owner: string }
  | { readonly kind: "blocked"; readonly error: BridgeError };

/** What it would do, for the operator to agree to; changes nothing. Throws as `planBackfill`, and what the stores throw. */
export async function lookAtBackfill(
  route: Route,
  request: BackfillRequest,
  deps: Pick<BackfillDeps, "store" | "book">,
  signal: AbortSignal,
): Promise<BackfillPlan> {
  const live = await liveOf(route, deps);
  const { book } = await deps.book.loadBook(route.name);
  return planBackfill(request, await route.source.parts(signal, Object.keys(live.parts)), live, book);
}

/**
 * Reads and sends the range until it is done, stopped or blocked. The live route's checkpoint is never written but for
 * what could not be sent: at the end its dead letters move there. Turns are short, and none begins while the live route
 * is sending. Throws what `lookAtBackfill` throws, and bugs.
 */
export async function backfill(route: Route, request: BackfillRequest, deps: BackfillDeps): Promise<BackfillOutcome> {
  const begun = await open(route, request, deps);
  if (begun === undefined) return { kind: "nothing-to-do", totals: noTotals(), warnings: [] };
  const { entry, plan, live } = begun;
  const own: Route = {
    ...route,
    name: backfillName(route.name, entry),
    source: { ...route.source, parts: (signal, known) => only(route.source.parts(signal, known), known) },
    // What is pushed is younger than any backfill may reach.
    push: false,
    timing: { ...route.timing, lookbackMs: 0, deepLookbackMs: 0, until: entry.to },
    backfill: {
      route: route.name,
      asksLive: !entry.again,
      first: (now) => firstBackfillCheckpoint(plan, live, now),
    },
  };
  let totals = noTotals();
  const warnings: BridgeError[] = [];
  const ended = (ending: BackfillEnding): BackfillOutcome => ({ totals, warnings, ...ending });
  let doneTo = entry.from;
  try {
    for (;;) {
      if (!(await giveWay(route, deps, () => deps.onTurn?.({ doneTo, totals, givesWay: true })))) break;
      const began = deps.clock.monotonicNow();
      const outcome = await takeTurn(own, deps);
      totals = addTotals(totals, outcome.totals);
      warnings.push(...outcome.warnings);
      if (outcome.kind === "elsewhere" || outcome.kind === "blocked") return ended(outcome);
      const saved = await deps.store.load(own.name);
      doneTo = saved?.checkpoint.watermark ?? doneTo;
      deps.onTurn?.({ doneTo, totals, givesWay: false });
      if (saved !== undefined && isDone(saved.checkpoint, entry)) {
        const finished = await finishBackfill(route.name, own.name, entry, deps);
        return ended(finished ? { kind: "done" } : { kind: "stopped", doneTo });
      }
      const restMs = (deps.clock.monotonicNow() - began) * (1 / deps.pace.share - 1);
      if (!(await waited(restMs, deps))) break;
    }
    return ended({ kind: "stopped", doneTo });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return ended({ kind: "blocked", error });
  }
}

interface Begun {
  readonly entry: OpenBackfill;
  readonly plan: BackfillPlan;
  readonly live: Checkpoint;
}

/** Notes the backfill as open, unless it is already; `undefined` when there is nothing to do. */
async function open(route: Route, request: BackfillRequest, deps: BackfillDeps): Promise<Begun | undefined> {
  for (;;) {
    const live = await liveOf(route, deps);
    const sight = await deps.book.loadBook(route.name);
    const parts = await route.source.parts(deps.stop, Object.keys(live.parts));
    const plan = planBackfill(request, parts, live, sight.book);
    const { entry, book, resumes } = opened(sight.book, request, { by: deps.owner, since: deps.now() });
    if (resumes) return { entry, plan, live };
    if (Object.keys(plan.todo).length === 0) return undefined;
    if (await deps.book.saveBook(route.name, book, sight)) return { entry, plan, live };
  }
}

async function liveOf(route: Route, { store }: Pick<BackfillDeps, "store">): Promise<Checkpoint> {
  const saved = await store.load(route.name);
  if (saved !== undefined) return saved.checkpoint;
  throw new BridgeError("ROUTE_UNKNOWN", `Route ${route.name} has no saved progress`, {
    fix: "Let it run once (bridge run-now): where it begins is where a backfill ends.",
  });
}

/** Those that it began with: one that is found later has its history read by the live route, or by another backfill. */
async function only(found: Promise<readonly string[]>, known: readonly string[]): Promise<readonly string[]> {
  const parts = await found;
  return known.length === 0 ? parts : parts.filter((part) => known.includes(part));
}

async function takeTurn(own: Route, deps: BackfillDeps): Promise<RunOutcome> {
  const seen = await look(own, deps);
  const turnMs = deps.pace.turnMs + recoveryMs(own, seen, deps);
  const turn = deps.time.after(turnMs);
  // Whatever was read has this long to leave: as for a run, sending outlasts reading.
  const sending = deps.time.after(turnMs + SENDING_MS);
  const reading = AbortSignal.any([turn.signal, deps.stop]);
  try {
    const signals = { progressing: reading, reading, sending: sending.signal };
    return await forwardFeed(own, seen, { ...deps, ...signals });
  } finally {
    for (const timer of [turn, sending]) timer.cancel();
  }
}

const SENDING_MS = 5 * 60_000;

/** After a crash: for the lease to end, for what is under way to arrive, and for reading it back. */
function recoveryMs({ sink }: Route, { lease, saved }: Seen, { leaseTerms }: BackfillDeps): number {
  if (lease.free && saved?.checkpoint.sending === undefined) return 0;
  return leaseTerms.termMs + (sink.settleMs ?? 0) + READ_BACK_MS;
}

const READ_BACK_MS = 3 * 60_000;

/**
 * Waits while the live route sends. One that died while it did reads the sink back first: what this would send meanwhile
 * would only have to be read as well. False when the operator stops it.
 */
async function giveWay(route: Route, deps: BackfillDeps, tell: () => void): Promise<boolean> {
  while (!deps.stop.aborted) {
    const { sending, paused } = await liveOf(route, deps);
    if (sending === undefined || paused !== undefined) return true;
    tell();
    if (!(await waited(deps.pace.giveWayMs, deps))) return false;
  }
  return false;
}

async function waited(ms: number, { clock, stop }: BackfillDeps): Promise<boolean> {
  try {
    if (ms > 0) await clock.wait(ms, stop);
    return !stop.aborted;
  } catch (error) {
    if (!stop.aborted) throw error;
    return false;
  }
}
