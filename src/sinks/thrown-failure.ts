// Carries a failure through code that only knows how to throw.
import type { SendFailure } from "./send-failure.ts";

/** Thrown by the steps of a sink; `failureOf` finds it again. */
export function throwFailure(failure: SendFailure): never {
  throw Object.assign(new Error(failure.detail, { cause: failure.cause }), { failure });
}

/** `undefined` for a bug. */
export function failureOf(error: unknown): SendFailure | undefined {
  return error instanceof Error && "failure" in error && isFailure(error.failure) ? error.failure : undefined;
}

function isFailure(value: unknown): value is SendFailure {
  return typeof value === "object" && value !== null && "kind" in value && "definite" in value;
}
