// What went wrong with one try, before it is known whether another one helps.
import { BridgeError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

/** Who is calling whom, in the words of error messages. Never holds a secret. */
export interface Subject {
  /** Begins every message: `Feed "rooms"`, `Microshare login`. */
  readonly who: string;
  readonly target: "api" | "login";
  readonly feed?: string;
  /** Method, address without secrets: `GET https://host/share/...`. */
  readonly call: string;
  readonly host: string;
  /** The app setting that names the host. */
  readonly urlSetting: "MICROSHARE_API_URL" | "MICROSHARE_AUTH_URL" | "MICROSHARE_APP_URL";
}

export interface Failure {
  readonly code: ErrorCode;
  /** Follows the subject's `who` and a colon; no full stop. */
  readonly what: string;
  readonly fix: string;
  /** Of the body that came with it; cleaned and short. */
  readonly excerpt?: string;
  readonly cause?: Error;
}

/** What to make of an answer. */
export type Verdict<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "give-up"; readonly failure: Failure }
  /** May pass by itself. */
  | { readonly kind: "try-again"; readonly failure: Failure; readonly retryAfterMs?: number };

/** The error for the operator. `tries` is told when there was more than one. */
export function toBridgeError(subject: Subject, failure: Failure, tries = 1): BridgeError {
  const times = tries > 1 ? `, after ${tries} tries` : "";
  const said = failure.excerpt === undefined || failure.excerpt === "" ? "" : `. It said: ${failure.excerpt}`;
  return new BridgeError(failure.code, `${subject.who}: ${failure.what}${times}${said}`, {
    fix: failure.fix,
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  });
}

/** The run's own end: nothing is wrong with the API. */
export function outOfTime(who: string, lastFailure?: Failure): BridgeError {
  const last = lastFailure === undefined ? "" : ` while waiting to repeat a call (${lastFailure.what})`;
  return new BridgeError("OUT_OF_TIME", `${who}: the run's time is used up${last}`, {
    fix: "Nothing to do when the next run goes on from here. If runs end like this again and again, raise TIME_BUDGET and functionTimeout, or read fewer feeds.",
    ...(lastFailure?.cause === undefined ? {} : { cause: lastFailure.cause }),
  });
}

/** What to do about answers that take too long, grow too large or do not come: a login has no size to lower. */
export function askForLess(subject: Subject, first: string): string {
  const next =
    subject.target === "login"
      ? "If it goes on, ask Microshare support."
      : "If it goes on, ask for less at a time: shorten WINDOW or lower MICROSHARE_PAGE_SIZE.";
  return `${first} ${next}`;
}
