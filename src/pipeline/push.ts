// Push: sends records the moment they come, beside the polling that finds what was missed, each of them once.
import { BridgeError } from "../errors.ts";
import type { Route } from "./forward-feed.ts";
import { recordHalf } from "./ledger.ts";
import { PUSH_AGE_MS, PUSH_AHEAD_MS } from "./push-terms.ts";
import type { PushClaims } from "./push-ports.ts";
import type { FeedRecord, Instant } from "./records.ts";
import { toEvent } from "./to-event.ts";

export type PushRoute = Pick<Route, "name" | "feed" | "sink" | "updates">;

export interface PushDeps {
  readonly claims: PushClaims;
  /** From when on the route's records may be pushed; `undefined` when none may (`push-permission.ts`). */
  mayPushFrom(route: string): Promise<Instant | undefined>;
  /** By the host's clock: only to tell at once what is not worth a claim. */
  now(): Instant;
  /** Milliseconds; never steps. */
  monotonicNow(): number;
  /** Names this call and no other. */
  readonly owner: string;
  /** Ends the waiting for a sink that throttles or cannot be reached. */
  readonly signal: AbortSignal;
}

/** The counts add up to the records given, unless there is a failure: then the rest is not confirmed. */
export interface PushResult {
  /** Confirmed by the sink. */
  readonly forwarded: number;
  /** Somebody else sends or sent them. */
  readonly repeated: number;
  /** Too old, not permitted yet, or what the sink does not take: polling decides. */
  readonly leftToPoll: number;
  /** Why the rest was not confirmed. What was certainly not sent may be pushed again. */
  readonly failure?: BridgeError;
  /** Told to the operator; polling delivers all the same. */
  readonly warnings: readonly BridgeError[];
}

/**
 * Sends to one route what may be pushed. A record goes only while it is so young that no run of polling can have sent it,
 * nor sends it before it has read this push back: by the clock of the store that holds the claims, at the moment its last
 * byte can arrive. Who inserts the claim on a record sends it, nobody else. A send that certainly failed gives its claims
 * back; one of unknown outcome keeps them, and polling finds out. Throws what `mayPushFrom` and the claims throw.
 */
export async function pushRecords(
  route: PushRoute,
  records: readonly FeedRecord[],
  deps: PushDeps,
): Promise<PushResult> {
  const from = await deps.mayPushFrom(route.name);
  const push: Push = { route, deps, hostNow: deps.now(), arrivesMs: route.sink.settleMs ?? 0 };
  const wanted = new Map<string, FeedRecord>();
  let left = 0;
  let again = 0;
  for (const record of records) {
    const name = nameOf(record, route);
    if (from === undefined || record.time < from || !isYoung(record, push.hostNow, push)) left += 1;
    else if (wanted.has(name)) again += 1;
    else wanted.set(name, record);
  }
  if (wanted.size === 0) return { forwarded: 0, repeated: again, leftToPoll: left, warnings: [] };
  const sent = await claimAndSend(wanted, push);
  return { ...sent, repeated: again + sent.repeated, leftToPoll: left + sent.leftToPoll };
}

interface Push {
  readonly route: PushRoute;
  readonly deps: PushDeps;
  readonly hostNow: Instant;
  /** After a transfer has started, the sink may store it for so long. */
  readonly arrivesMs: number;
}

function isYoung({ time }: Pick<FeedRecord, "time">, now: Instant, { arrivesMs }: Pick<Push, "arrivesMs">): boolean {
  return now + arrivesMs <= time + PUSH_AGE_MS;
}

/** What a claim is on. Where only the first version of a record is wanted, it is on the record. */
function nameOf({ eventId }: FeedRecord, { updates }: PushRoute): string {
  return updates === "first-only" ? recordHalf(eventId) : eventId;
}

async function claimAndSend(wanted: ReadonlyMap<string, FeedRecord>, push: Push): Promise<PushResult> {
  const { route, deps, hostNow } = push;
  const askedAt = deps.monotonicNow();
  const { names, at } = await deps.claims.claim(route.name, [...wanted.keys()], deps.owner);
  const repeated = wanted.size - names.size;
  if (at === undefined) return { forwarded: 0, repeated, leftToPoll: 0, warnings: [] };
  // The claims were made after they were asked for: at most so much has gone by since, by whichever clock went further.
  const latestNow = (): Instant => at + Math.max(deps.monotonicNow() - askedAt, deps.now() - hostNow);
  const warnings = Math.abs(hostNow - at) > PUSH_AHEAD_MS ? [otherClock(route, hostNow - at)] : [];
  const claimed = [...wanted].filter(([name]) => names.has(name)).map(([, record]) => record);
  // From the future it could still be pushed when its claim is forgotten.
  const young = claimed.filter((one) => isYoung(one, latestNow(), push) && one.time <= at + PUSH_AHEAD_MS);
  const oldest = young.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const events = young.map((record) => toEvent(record, { route: route.name, feed: route.feed, late: false }));
  const mayStart = (): boolean => isYoung({ time: oldest }, latestNow(), push);
  const report = await route.sink.send(events, deps.signal, mayStart);

  const settled = new Set(
    [...report.confirmed, ...report.refused.map(({ event }) => event)].map(({ eventId }) => eventId),
  );
  const unknown = report.failure?.code === "SINK_UNCERTAIN" ? young : [];
  const giveBack = claimed.filter((record) => !settled.has(record.eventId) && !unknown.includes(record));
  if (giveBack.length > 0) {
    const givenBack = giveBack.map((record) => nameOf(record, route));
    await deps.claims.release(route.name, givenBack, deps.owner).catch(keptFor(warnings));
  }
  return {
    forwarded: report.confirmed.length,
    repeated,
    leftToPoll: claimed.length - young.length + report.refused.length,
    ...(report.failure === undefined ? {} : { failure: report.failure }),
    warnings,
  };
}

/** A claim that stays only keeps its record from being pushed. */
function keptFor(warnings: BridgeError[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof BridgeError)) throw error;
    warnings.push(error);
  };
}

function otherClock({ name }: PushRoute, byMs: number): BridgeError {
  const seconds = Math.round(Math.abs(byMs) / 1000);
  return new BridgeError(
    "PUSH_CLOCK",
    `Route ${name}: this machine's clock is ${seconds} s ${byMs > 0 ? "ahead of" : "behind"} the storage account's`,
    { fix: "Set the machine's clock right. Until then more of what is pushed is left to polling than need be." },
  );
}
