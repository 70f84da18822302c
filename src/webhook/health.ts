// Whether this instance can do its work: for load balancers, which ask often and need to know no more.
import type { Answer } from "./contract.ts";

export interface HealthChecks {
  /** Each proves one thing that is needed, or throws; in parallel, and together no longer than the signal lasts. */
  readonly checks: readonly ((signal: AbortSignal) => Promise<unknown>)[];
  /** Told why a check failed: callers are not. */
  readonly onFailure: (failure: unknown) => void;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
}

/** How long a result stands: however often somebody asks, what is behind is asked once in that time. */
export const HEALTH_KEPT_MS = 10_000;
const CHECK_LIMIT_MS = 5_000;

/** Callers at the same time share one check. */
export function createHealth({ checks, onFailure, now }: HealthChecks): () => Promise<Answer> {
  let last: { readonly answer: Promise<Answer>; readonly askedAt: number } | undefined;

  async function check(): Promise<Answer> {
    const limit = AbortSignal.timeout(CHECK_LIMIT_MS);
    const tooLong = new Promise<never>((_resolve, reject) => {
      limit.addEventListener("abort", () => reject(new Error(`a check took more than ${CHECK_LIMIT_MS / 1000} s`)));
    });
    const results = await Promise.allSettled(checks.map((one) => Promise.race([one(limit), tooLong])));
    const failures = results.filter((result) => result.status === "rejected");
    for (const { reason } of failures) onFailure(reason);
    return healthAnswer(failures.length === 0);
  }

  return () => {
    const at = now();
    if (last === undefined || at - last.askedAt >= HEALTH_KEPT_MS) last = { answer: check(), askedAt: at };
    return last.answer;
  };
}

/** Who gets an answer knows that the process lives; `ready` says whether it can send. */
export function healthAnswer(ready: boolean): Answer {
  return {
    status: ready ? 200 : 503,
    headers: { "cache-control": "no-store" },
    body: { live: true, ready },
  };
}
