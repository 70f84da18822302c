// Finds out what had arrived: after a crash, or behind a lost answer.
import { BridgeError } from "../errors.ts";
import type { Ledger } from "./ledger.ts";
import type { AfterCrash, HubPositions, ReadBack, SendReport, Sink } from "./ports.ts";
import { withoutSending } from "./progress.ts";
import type { Instant, OutgoingEvent } from "./records.ts";
import type { RouteProgress } from "./route-progress.ts";

export interface RecoveryDeps {
  readonly route: string;
  /** The name that the route's events carry. Default: its own. */
  readonly sentAs?: string;
  readonly sink: Sink;
  readonly progress: RouteProgress;
  readonly ledger: Ledger;
  /** What cannot be known is told here: from then on the route is at-least-once for that span. */
  readonly warnings: BridgeError[];
  now(): Instant;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  readonly signal: AbortSignal;
  /** Most bytes of one reading back. */
  readonly maxBytes: number;
}

export interface Recovery {
  /** Event ids that had arrived and were not in the ledger. */
  readonly recovered: number;
}

/**
 * At the start of a run whose predecessor left the mark `sending`: waits until nothing of it can arrive any more, reads
 * the hub from the marked positions on, and puts what it finds of this route into the ledger. Its own progress is saved,
 * so that a hub too busy to be read in one run is read on in the next; until it is done nothing is sent
 * (`OUT_OF_TIME`). Where the hub cannot tell, it says so and goes on.
 */
export async function recover(deps: RecoveryDeps): Promise<Recovery> {
  const { sending } = deps.progress.checkpoint;
  if (sending === undefined) return { recovered: 0 };
  const { readBack } = deps.sink;
  if (readBack === undefined || sending.positions === undefined) {
    deps.warnings.push(cannotBeRead(deps));
    deps.progress.update(withoutSending);
    return { recovered: 0 };
  }
  const upTo = sending.upTo ?? (await settledPositions(deps));
  if (upTo === undefined) {
    deps.progress.update(withoutSending);
    return { recovered: 0 };
  }
  const { found, reached } = await readSpan(readBack, sending.positions, upTo, deps);
  const recovered = remember(found, deps);
  const done = isReached(reached, upTo);
  deps.progress.update((checkpoint) =>
    done ? withoutSending(checkpoint) : { ...checkpoint, sending: { positions: reached, upTo } },
  );
  await deps.progress.save();
  if (!done) throw outOfTime(deps);
  return { recovered };
}

/**
 * Marks the route as sending, with fresh positions, before its first send and again whenever much was sent since: what
 * would have to be read back after a crash stays small. The mark is saved before anything is sent.
 */
export async function markSending(deps: RecoveryDeps): Promise<void> {
  const positions = await freshPositions(deps);
  deps.progress.update((checkpoint) => ({ ...checkpoint, sending: positions === undefined ? {} : { positions } }));
  await deps.progress.save();
}

/** Where the hub ends once nothing of the run that died can arrive any more; as `freshPositions`. */
async function settledPositions(deps: RecoveryDeps): Promise<HubPositions | undefined> {
  await deps.wait(deps.sink.settleMs ?? 0, deps.signal).catch(stopped(deps));
  return freshPositions(deps);
}

/** Where the hub ends now; `undefined`, with a warning, where it does not say. */
export async function freshPositions(
  deps: Pick<RecoveryDeps, "sink" | "signal" | "warnings">,
): Promise<HubPositions | undefined> {
  if (deps.sink.readBack === undefined) return undefined;
  try {
    return await deps.sink.readBack.positions(deps.signal);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "READ_BACK_DENIED") throw error;
    deps.warnings.push(error);
    return undefined;
  }
}

/** To send; see `Sink.send`. */
export interface Permission {
  readonly signal: AbortSignal;
  readonly mayStart: () => boolean;
}

/**
 * Sends, and where an answer was lost finds out by reading back what arrived, then sends only the rest. The failure
 * stays in the report when it cannot be found out.
 */
export async function sendOnce(
  events: readonly OutgoingEvent[],
  { signal, mayStart }: Permission,
  deps: RecoveryDeps,
  more = false,
): Promise<SendReport> {
  let report = await deps.sink.send(events, signal, mayStart, more);
  for (let tries = 1; report.failure?.code === "SINK_UNCERTAIN" && tries < MOST_SENDS; tries += 1) {
    const settled = new Set([...report.confirmed, ...report.refused.map(({ event }) => event)]);
    const open = events.filter((event) => !settled.has(event));
    const arrived = await arrivedOf(open, deps);
    if (arrived === undefined) return report;
    const rest = open.filter((event) => !arrived.has(event.eventId));
    const found = open.filter((event) => arrived.has(event.eventId));
    const again = rest.length === 0 ? undefined : await deps.sink.send(rest, signal, mayStart);
    const before = report;
    report = {
      confirmed: [...before.confirmed, ...found, ...(again?.confirmed ?? [])],
      refused: [...before.refused, ...(again?.refused ?? [])],
      batches: before.batches + (again?.batches ?? 0),
      bytes: before.bytes + (again?.bytes ?? 0),
      ...(again?.failure === undefined ? {} : { failure: again.failure }),
    };
  }
  return report;
}

const MOST_SENDS = 3;

/** Which of these events are in the hub; `undefined` when that cannot be told. */
async function arrivedOf(
  events: readonly OutgoingEvent[],
  deps: RecoveryDeps,
): Promise<ReadonlySet<string> | undefined> {
  const { readBack } = deps.sink;
  const positions = deps.progress.checkpoint.sending?.positions;
  if (readBack === undefined || positions === undefined) return undefined;
  const warned = deps.warnings.length;
  try {
    await deps.wait(deps.sink.settleMs ?? 0, deps.signal).catch(stopped(deps));
    const upTo = await readBack.positions(deps.signal);
    const { found, reached } = await readSpan(readBack, positions, upTo, deps);
    if (!isReached(reached, upTo) || deps.warnings.length > warned) return undefined;
    const open = new Set(events.map((event) => event.eventId));
    return new Set(found.filter((eventId) => open.has(eventId)));
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return undefined;
  }
}

async function readSpan(readBack: ReadBack, after: HubPositions, upTo: HubPositions, deps: RecoveryDeps) {
  const { route, sentAs = route, maxBytes, signal } = deps;
  const report = await readBack.read({ route: sentAs, after, upTo, maxBytes, signal });
  deps.warnings.push(...report.unknown);
  return report;
}

/** Filed later than any window they can have come from, also by a clock that is an hour wrong. */
export function remember(found: readonly string[], deps: RecoveryDeps): number {
  const filedTo = Math.max(deps.now(), deps.progress.checkpoint.watermark) + DAY_MS;
  let recovered = 0;
  for (const eventId of found) {
    if (deps.ledger.look(eventId) === "delivered") continue;
    deps.progress.settle(eventId, filedTo);
    recovered += 1;
  }
  return recovered;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A partition that is gone cannot be reached, and one that the hub no longer names is no reason to wait. */
export function isReached(reached: HubPositions, upTo: HubPositions): boolean {
  return Object.entries(upTo.partitions).every(([id, last]) => (reached.partitions[id] ?? -1) >= last);
}

function stopped(deps: RecoveryDeps) {
  return (error: unknown): never => {
    if (!deps.signal.aborted) throw error;
    throw outOfTime(deps);
  };
}

export function outOfTime({ route }: Pick<RecoveryDeps, "route">): BridgeError {
  return new BridgeError("OUT_OF_TIME", `Route ${route}: the run ended while it read back what had arrived`, {
    fix: "The next run goes on from here.",
  });
}

function cannotBeRead({ route, sink }: RecoveryDeps): BridgeError {
  return notKnown(sink, `Route ${route}: the run before this one ended while it was sending`);
}

/** What is not known of a sink that cannot be read back, or whose positions were not told, after something broke off. */
export function notKnown(sink: Pick<Sink, "readBack" | "afterCrash">, whatEnded: string): BridgeError {
  const said = sink.readBack === undefined ? sink.afterCrash : undefined;
  const { meaning, fix } = said ?? noListenRight;
  const code = said === undefined ? "READ_BACK_DENIED" : "READ_BACK_IMPOSSIBLE";
  return new BridgeError(code, `${whatEnded}, and ${meaning}`, { fix });
}

const noListenRight: AfterCrash = {
  meaning: "what had arrived since cannot be read back; what is sent again may be a repeat, with the same event id",
  fix: "Give the bridge the right to listen on the hub (role Azure Event Hubs Data Receiver, or a policy with Listen).",
};
