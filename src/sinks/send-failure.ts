// What a failure on the way to a sink means for the events that were being sent.

/**
 * `link` until the first byte of a batch may have left: opening a connection or link, asking for properties.
 * `transfer` from then on.
 */
export type SendPhase = "link" | "transfer";

/**
 * - `busy`: the service throttles and asks to come back later.
 * - `unauthorized`: key, token or rights. - `no-token`: the identity could not even get a token.
 * - `not-found`: no such hub, queue or device.
 * - `too-large`, `bad-event`: the service will never take this batch as it is.
 * - `refused`: the service will not take anything here (disabled, quota, not allowed).
 * - `full`: the quota of the day is used up; waiting within a run does not help.
 * - `taken`: another reader holds the partition for itself alone.
 * - `unreachable`: no connection. - `unavailable`: connected, but the service could not open or use the link now.
 * - `uncertain`: the batch may or may not have been stored.
 * - `cancelled`: the caller's signal stopped it before anything was sent.
 */
export type SendFailureKind =
  | "busy"
  | "unauthorized"
  | "no-token"
  | "not-found"
  | "too-large"
  | "bad-event"
  | "refused"
  | "full"
  | "taken"
  | "unreachable"
  | "unavailable"
  | "uncertain"
  | "cancelled";

export interface SendFailure {
  readonly kind: SendFailureKind;
  /** Whether the same step may be tried again without the risk of a repeat. Never true when not `definite`. */
  readonly retryable: boolean;
  /** True when it is known that nothing of the batch was stored. */
  readonly definite: boolean;
  /** The SDK's or service's code or error name; what the operator searches for. */
  readonly code: string;
  /** The SDK's or service's text. */
  readonly detail: string;
  readonly cause: unknown;
}

/** A failure found by the bridge itself. */
export function sendFailure(kind: SendFailureKind, code: string, detail: string, cause?: unknown): SendFailure {
  return { kind, retryable: retryableKinds.has(kind), definite: kind !== "uncertain", code, detail, cause };
}

const retryableKinds: ReadonlySet<SendFailureKind> = new Set([
  "busy",
  "unauthorized",
  "no-token",
  "unreachable",
  "unavailable",
]);
