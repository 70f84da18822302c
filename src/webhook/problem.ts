// Answers of the webhook that are no success. None says anything of what is behind it.
import { problem as problemDetails, type Fault as BodyFault } from "../http/problem-details.ts";
import type { Answer } from "./contract.ts";

/** One thing that is wrong with a request, and where: in its body, or in a header (name in lower case). */
export type Fault = BodyFault | { readonly header: string; readonly detail: string };

const STATUS = {
  invalid: 400,
  "not-signed": 401,
  conflict: 409,
  "too-large": 413,
  "not-json": 415,
  "not-acceptable": 422,
  "too-many": 429,
  unavailable: 503,
} as const;

export interface ProblemFacts {
  readonly correlationId?: string;
  readonly errors?: readonly Fault[];
  /** When the caller may try again. */
  readonly retryAfterMs?: number;
  /** For the log alone. */
  readonly facts?: Answer["facts"];
}

/** @param detail what went wrong and what the caller does about it */
export function problem(kind: keyof typeof STATUS, detail: string, more: ProblemFacts = {}): Answer {
  const { correlationId, errors, retryAfterMs, facts } = more;
  const answer = problemDetails(STATUS[kind], detail, retryAfterMs === undefined ? {} : { retryAfterMs });
  const body = {
    ...answer.body,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(errors === undefined ? {} : { errors }),
  };
  return { ...answer, body, facts: { ...(errors === undefined ? {} : { faults: errors.length }), ...facts } };
}
