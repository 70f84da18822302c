// One request, tried until it is answered, refused for good, or out of tries or time. Every request of the client goes through here.
import type { Dispatcher } from "undici";
import { BridgeError } from "../errors.ts";
import type { RetryPolicy } from "../retry.ts";
import { retryDelayMs } from "../retry.ts";
import { classifyFault } from "./classify-fault.ts";
import type { Failure, Subject, Verdict } from "./failure.ts";
import { outOfTime, toBridgeError } from "./failure.ts";
import type { HideSecrets } from "./hide-secrets.ts";
import type { HttpAnswer, HttpFault, HttpRequest } from "./http-call.ts";
import { callOnce } from "./http-call.ts";
import type { RequestEvent } from "./request-event.ts";
import type { Semaphore } from "../semaphore.ts";

export interface CallerOptions {
  readonly dispatcher: Dispatcher;
  readonly semaphore: Semaphore;
  readonly retry: RetryPolicy;
  readonly maxBytes: number;
  readonly proxied: boolean;
  readonly hideSecrets: HideSecrets;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly onRequest: (event: RequestEvent) => void;
}

export interface CallLimits {
  readonly signal: AbortSignal;
  /** For one try. */
  readonly timeoutMs: number;
  /** For everything, see `startBudget`. */
  readonly budget: Budget;
}

/** The time one call may take with all its tries and waits; waiting for a free place does not count. */
export interface Budget {
  leftMs(): number;
  /** Runs something whose time does not count. */
  uncounted<T>(work: () => Promise<T>): Promise<T>;
}

export interface Caller {
  /**
   * Sends `request` until `judge` is done with an answer. Throws what the last try failed with once the policy's tries
   * or the budget are used up; a wait that would not fit the budget is not begun. `OUT_OF_TIME` when aborted.
   */
  call<T>(
    request: HttpRequest,
    subject: Subject,
    judge: (answer: HttpAnswer) => Verdict<T>,
    limits: CallLimits,
  ): Promise<T>;
}

export function createCaller(options: CallerOptions): Caller {
  const { dispatcher, semaphore, retry, now } = options;

  async function tryOnce(
    request: HttpRequest,
    limits: CallLimits,
    timeoutMs: number,
    report: (outcome: HttpAnswer | HttpFault, durationMs: number) => void,
  ): Promise<HttpAnswer | HttpFault> {
    const leave = await limits.budget.uncounted(() => semaphore.enter(limits.signal));
    const startedAt = now();
    try {
      const { signal } = limits;
      const outcome = await callOnce(dispatcher, request, { signal, timeoutMs, maxBytes: options.maxBytes, now });
      report(outcome, now() - startedAt);
      return outcome;
    } finally {
      leave();
    }
  }

  async function tryUntilDone<T>(
    request: HttpRequest,
    subject: Subject,
    judge: (answer: HttpAnswer) => Verdict<T>,
    limits: CallLimits,
    onFailure: (failure: Failure) => void,
  ): Promise<T> {
    let firstExcerpt: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const timeoutMs = Math.max(1, Math.min(limits.timeoutMs, limits.budget.leftMs()));
      const outcome = await tryOnce(request, limits, timeoutMs, (result, durationMs) => {
        options.onRequest(toEvent(result, { request, subject, attempt, durationMs }));
      });
      const verdict: Verdict<T> =
        outcome.kind === "answer" ? judge(outcome) : classifyFault(outcome, { ...options, subject, timeoutMs });
      if (verdict.kind === "done") return verdict.value;
      // The first answer names the cause; later ones are often only the echo of the overload it made.
      firstExcerpt ??= verdict.failure.excerpt;
      const failure = firstExcerpt === undefined ? verdict.failure : { ...verdict.failure, excerpt: firstExcerpt };
      if (verdict.kind === "give-up" || attempt >= retry.attempts) throw toBridgeError(subject, failure, attempt);
      onFailure(failure);
      const delayMs = retryDelayMs(retry, attempt, options.random, verdict.retryAfterMs);
      if (delayMs >= limits.budget.leftMs()) throw toBridgeError(subject, failure, attempt);
      await options.wait(delayMs, limits.signal); // may return early: the next try looks at the signal first
    }
  }

  return {
    async call(request, subject, judge, limits) {
      let lastFailure: Failure | undefined;
      try {
        return await tryUntilDone(request, subject, judge, limits, (failure) => {
          lastFailure = failure;
        });
      } catch (error) {
        if (limits.signal.aborted && !(error instanceof BridgeError)) throw outOfTime(subject.who, lastFailure);
        throw error;
      }
    },
  };
}

export function startBudget(totalMs: number, now: () => number): Budget {
  let deadline = now() + totalMs;
  return {
    leftMs: () => deadline - now(),
    uncounted: async (work) => {
      const from = now();
      try {
        return await work();
      } finally {
        deadline += now() - from;
      }
    },
  };
}

function toEvent(
  outcome: HttpAnswer | HttpFault,
  about: {
    readonly request: HttpRequest;
    readonly subject: Subject;
    readonly attempt: number;
    readonly durationMs: number;
  },
): RequestEvent {
  const { request, subject, attempt, durationMs } = about;
  return {
    target: subject.target,
    ...(subject.feed === undefined ? {} : { feed: subject.feed }),
    host: subject.host,
    method: request.method,
    address: `${request.url.origin}${request.url.pathname}`,
    attempt,
    durationMs,
    ...(outcome.kind === "answer"
      ? { status: outcome.status, bytes: outcome.body.length }
      : { fault: outcome.kind, bytes: 0 }),
  };
}
