// Runs one step against the service, bounded in time, and tries it again where that cannot repeat anything.
import { readAmqpFailure } from "./amqp-errors.ts";
import { pauseBeforeRetry, type SinkRetryPolicy } from "./retry-policy.ts";
import { sendFailure, type SendFailure, type SendPhase } from "./send-failure.ts";

/** Time and chance, passed in. */
export interface SinkClock {
  readonly now: () => number;
  /** Resolves after `ms`, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Gives numbers in [0, 1). */
  readonly random: () => number;
}

export interface StepLimits {
  readonly policy: SinkRetryPolicy;
  /** Bound of one try. */
  readonly timeoutMs: number;
  /** Ends the tries of a link at once; a transfer under way is still awaited, as giving it up would make it uncertain. */
  readonly signal: AbortSignal;
  /** Asked right before each transfer, see `Sink.send`. */
  readonly mayStart?: () => boolean;
  /** Reads what a step throws; `undefined` for a bug. Default: the errors of the AMQP SDKs. */
  readonly readFailure?: (error: unknown, phase: SendPhase) => SendFailure | undefined;
}

export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: SendFailure };

/** Resolves with the outcome of the last try. Throws only for bugs. */
export async function settle<T>(
  phase: SendPhase,
  step: (signal: AbortSignal) => Promise<T>,
  limits: StepLimits,
  clock: SinkClock,
): Promise<Settled<T>> {
  const startedAt = clock.now();
  for (let tries = 1; ; tries++) {
    const forbidden = limits.signal.aborted || (phase === "transfer" && limits.mayStart?.() === false);
    if (forbidden) return { ok: false, failure: cancelled };
    const settled = await tryOnce(phase, step, limits);
    if (settled.ok) return settled;
    const spentMs = clock.now() - startedAt;
    const pauseMs = pauseBeforeRetry(settled.failure, tries, spentMs, clock.random, limits.policy);
    if (pauseMs === undefined) return settled;
    // A throttled run that is out of time was throttled: the operator should read that, not that time was up.
    if (!(await waited(pauseMs, limits.signal, clock))) {
      return settled.failure.kind === "busy" ? settled : { ok: false, failure: cancelled };
    }
  }
}

const cancelled = sendFailure("cancelled", "AbortError", "");

async function tryOnce<T>(
  phase: SendPhase,
  step: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, signal, readFailure = readAmqpFailure }: StepLimits,
): Promise<Settled<T>> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const limit = phase === "link" ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    return { ok: true, value: await orAborted(step(limit), limit) };
  } catch (error) {
    if (limit.aborted && !timeout.aborted) return { ok: false, failure: cancelled };
    if (timeout.aborted) return { ok: false, failure: timedOut(phase, timeoutMs, error) };
    const failure = readFailure(error, phase);
    if (failure === undefined) throw error;
    return { ok: false, failure };
  }
}

function timedOut(phase: SendPhase, timeoutMs: number, cause: unknown): SendFailure {
  const kind = phase === "link" ? "unreachable" : "uncertain";
  return sendFailure(kind, "OperationTimeoutError", `no answer within ${timeoutMs} ms`, cause);
}

/** The SDK does not watch its signal everywhere (waiting for a closing connection, for one): never wait longer than it. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}

async function waited(ms: number, signal: AbortSignal, clock: SinkClock): Promise<boolean> {
  try {
    await clock.wait(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return !signal.aborted;
}
