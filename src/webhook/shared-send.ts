// Many requests, one send: what comes while sends are on their way goes together with the next one.
import { setImmediate as nextTurn } from "node:timers/promises";
import { BridgeError } from "../errors.ts";
import type { SendReport, Sink } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";

export type SendOutcome =
  | { readonly kind: "confirmed" }
  /** The sink will never take it. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Not sent, except with the code `SINK_UNCERTAIN`: then it may have arrived. */
  | { readonly kind: "failed"; readonly error: BridgeError }
  /** Too much waits already; nothing was done. */
  | { readonly kind: "full" };

export interface SharedSend {
  /** Resolves once the outcome of this event is known. A lone event is sent in the same turn of the event loop, where no send started just now. */
  readonly send: (event: OutgoingEvent) => Promise<SendOutcome>;
  /** Resolves when nothing waits and nothing is on its way. */
  readonly idle: () => Promise<void>;
}

export interface SharedSendOptions {
  readonly sink: Pick<Sink, "send">;
  /** How long an event may wait for its turn, and then how long its send may take before no batch is started any more. */
  readonly limitMs: number;
  /** Of bodies that wait, in bytes: beyond that callers are sent away, so that memory stays bounded. */
  readonly mostWaitingBytes: number;
  /** Of bodies in one send: a backlog is worked off in pieces that are confirmed one by one. */
  readonly mostBytesAtOnce: number;
  /** What comes while so many are on their way waits, and shares the next one. */
  readonly sendsAtOnce: number;
  /** From the start of one to that of the next, at least, unless there is enough for a full one. */
  readonly gatherMs: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
  /** Calls back once, after `ms`. */
  readonly after: (ms: number, call: () => void) => void;
}

interface Waiting {
  readonly event: OutgoingEvent;
  readonly since: number;
  readonly done: PromiseWithResolvers<SendOutcome>;
}

/** What an event costs beside its body while it waits: without it a flood of tiny ones would not be bounded. */
const BESIDE_THE_BODY = 512;

export function createSharedSend({
  sink,
  limitMs,
  mostWaitingBytes,
  mostBytesAtOnce,
  sendsAtOnce,
  gatherMs,
  now,
  after,
}: SharedSendOptions): SharedSend {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let startedAt = Number.NEGATIVE_INFINITY;
  let isStarting = false;
  let isGathering = false;
  const underWay = new Set<Promise<void>>();

  /** Starts a send where it is time for one. Called whenever something came, ended or has waited. */
  function go(): void {
    if (waiting.length === 0 || isStarting || underWay.size >= sendsAtOnce) return;
    const pauseMs = waitingBytes >= mostBytesAtOnce ? 0 : startedAt + gatherMs - now();
    if (pauseMs > 0) return gather(pauseMs);
    isStarting = true;
    // What the same turn of the event loop brings goes along.
    setImmediate(start);
  }

  function gather(ms: number): void {
    if (isGathering) return;
    isGathering = true;
    after(ms, () => {
      isGathering = false;
      go();
    });
  }

  function start(): void {
    isStarting = false;
    startedAt = now();
    const batch = takeTurn();
    if (batch.length > 0) {
      const sending = sendOnce(batch).finally(() => {
        underWay.delete(sending);
        go();
      });
      underWay.add(sending);
    }
    go();
  }

  async function idle(): Promise<void> {
    if (underWay.size === 0 && waiting.length === 0) return;
    await (underWay.size === 0 ? nextTurn() : Promise.race(underWay));
    await idle();
  }

  /** The oldest that go into one send; those that waited too long are told so instead. */
  function takeTurn(): readonly Waiting[] {
    const at = now();
    let bytes = 0;
    let count = 0;
    for (const { event } of waiting) {
      bytes += sizeOf(event);
      if (count > 0 && bytes > mostBytesAtOnce) break;
      count += 1;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const { event } of taken) waitingBytes -= sizeOf(event);
    return taken.filter(({ since, done }) => {
      if (at - since <= limitMs) return true;
      done.resolve({ kind: "failed", error: waitedTooLong(limitMs) });
      return false;
    });
  }

  async function sendOnce(batch: readonly Waiting[]): Promise<void> {
    try {
      const report = await sink.send(
        batch.map(({ event }) => event),
        AbortSignal.timeout(limitMs),
      );
      settle(batch, report);
    } catch (bug) {
      for (const { done } of batch) done.reject(bug);
    }
  }

  return {
    send(event) {
      const bytes = sizeOf(event);
      if (waiting.length > 0 && waitingBytes + bytes > mostWaitingBytes) return Promise.resolve({ kind: "full" });
      const done = Promise.withResolvers<SendOutcome>();
      waiting.push({ event, since: now(), done });
      waitingBytes += bytes;
      go();
      return done.promise;
    },
    idle,
  };
}

/** By event, not by id: an id that is sent twice at once has two outcomes. */
function settle(batch: readonly Waiting[], { confirmed, refused, failure }: SendReport): void {
  const arrived = new Set(confirmed);
  const reasons = new Map(refused.map(({ event, reason }) => [event, reason]));
  for (const { event, done } of batch) {
    const reason = reasons.get(event);
    if (arrived.has(event)) done.resolve({ kind: "confirmed" });
    else if (reason !== undefined) done.resolve({ kind: "refused", reason });
    else if (failure !== undefined) done.resolve({ kind: "failed", error: failure });
    else done.reject(new Error("a sink left an event out of its report"));
  }
}

function sizeOf({ body }: OutgoingEvent): number {
  return body.byteLength + BESIDE_THE_BODY;
}

function waitedTooLong(limitMs: number): BridgeError {
  return new BridgeError(
    "OUT_OF_TIME",
    `A message waited more than ${limitMs / 1000} s behind others and was not sent.`,
    {
      fix: "The caller was told to come back. If it happens often, the sink is too slow for what comes: give it more units, or let fewer requests in with WEBHOOK_REQUESTS_PER_MINUTE.",
    },
  );
}
