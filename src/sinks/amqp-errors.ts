// What an error of the Azure AMQP SDKs means for the events that were being sent.

/**
 * `link` until the first byte of a batch may have left: opening a connection or link, asking for hub properties.
 * `transfer` from then on.
 */
export type AmqpPhase = "link" | "transfer";

/**
 * - `busy`: the service throttles and asks to come back later.
 * - `unauthorized`: key, token or rights. - `no-token`: the identity could not even get a token.
 * - `not-found`: no such hub.
 * - `too-large`, `bad-event`: the service will never take this batch as it is.
 * - `refused`: the service will not take anything here (disabled, quota, not allowed).
 * - `taken`: another reader holds the partition for itself alone.
 * - `unreachable`: no connection. - `unavailable`: connected, but the service could not open or use the link now.
 * - `uncertain`: the batch may or may not have been stored.
 * - `cancelled`: the caller's signal stopped it before anything was sent.
 */
export type AmqpFailureKind =
  | "busy"
  | "unauthorized"
  | "no-token"
  | "not-found"
  | "too-large"
  | "bad-event"
  | "refused"
  | "taken"
  | "unreachable"
  | "unavailable"
  | "uncertain"
  | "cancelled";

export interface AmqpFailure {
  readonly kind: AmqpFailureKind;
  /** Whether the same step may be tried again without the risk of a repeat. Never true when not `definite`. */
  readonly retryable: boolean;
  /** True when it is known that nothing of the batch was stored. */
  readonly definite: boolean;
  /** The SDK's code or error name; what the operator searches for. */
  readonly code: string;
  /** The SDK's text. */
  readonly detail: string;
  readonly cause: unknown;
}

/**
 * Reads an error thrown by the SDK. Returns `undefined` for what the SDK does not throw on purpose: a bug, to be rethrown.
 * After several attempts the SDK throws an `AggregateError` with an empty text, at times inside another one: the causes are
 * unwrapped and an uncertain one wins over the rest, because one attempt that may have arrived is enough.
 */
export function readAmqpFailure(error: unknown, phase: AmqpPhase): AmqpFailure | undefined {
  const failures: AmqpFailure[] = [];
  for (const cause of flatten(error)) {
    const failure = readOne(cause, phase);
    if (failure === undefined) return undefined;
    failures.push(failure);
  }
  return failures.find((failure) => !failure.definite) ?? failures.at(-1);
}

/** A failure found by the bridge itself. */
export function amqpFailure(kind: AmqpFailureKind, code: string, detail: string, cause?: unknown): AmqpFailure {
  return { kind, retryable: retryableKinds.has(kind), definite: kind !== "uncertain", code, detail, cause };
}

const retryableKinds: ReadonlySet<AmqpFailureKind> = new Set([
  "busy",
  "unauthorized",
  "no-token",
  "unreachable",
  "unavailable",
]);

// Codes that mean the same before and after the transfer: each says that the batch was not taken. Sources: core-amqp
// errors.js (code per AMQP condition), and the SDK 6.0.4 tried against a server that answers with each.
const answered: ReadonlyMap<string, AmqpFailureKind> = new Map([
  ["ServerBusyError", "busy"],
  ["EBUSY", "busy"],
  ["UnauthorizedError", "unauthorized"],
  ["PublisherRevokedError", "unauthorized"],
  ["MessagingEntityNotFoundError", "not-found"],
  ["ServiceCommunicationError", "not-found"],
  ["MessageTooLargeError", "too-large"],
  ["QuotaExceededError", "refused"],
  ["InvalidOperationError", "refused"],
  ["MessagingEntityDisabledError", "refused"],
  ["NotImplementedError", "refused"],
  ["ReceiverDisconnectedError", "taken"],
  // Raised by the SDK before it transfers anything.
  ["SenderBusyError", "unavailable"],
  ["SenderNotReadyError", "unavailable"],
  ["InsufficientCreditError", "unavailable"],
  ["ECONNREFUSED", "unreachable"],
  ["ENOTFOUND", "unreachable"],
  ["EAI_AGAIN", "unreachable"],
  ["CredentialUnavailableError", "no-token"],
  ["AuthenticationError", "no-token"],
  ["AggregateAuthenticationError", "no-token"],
  ["AuthenticationRequiredError", "no-token"],
]);

const onLink: ReadonlyMap<string, AmqpFailureKind> = new Map([
  ["ArgumentError", "refused"],
  ["ArgumentOutOfRangeError", "refused"],
  ["AbortError", "cancelled"],
  ["InternalServerError", "unavailable"],
  ["ServiceUnavailableError", "unavailable"],
  ["OperationCancelledError", "unavailable"],
  ["DetachForcedError", "unavailable"],
  ["ConnectionForcedError", "unavailable"],
  ["TransferLimitExceededError", "unavailable"],
  ["MessagingError", "unavailable"],
]);

const onTransfer: ReadonlyMap<string, AmqpFailureKind> = new Map([
  ["ArgumentError", "bad-event"],
  ["ArgumentOutOfRangeError", "bad-event"],
]);

function readOne(error: unknown, phase: AmqpPhase): AmqpFailure | undefined {
  if (!(error instanceof Error) || programmingErrors.has(error.name)) return undefined;
  const code = "code" in error && typeof error.code === "string" && error.code !== "" ? error.code : error.name;
  const kind = answered.get(code) ?? (phase === "link" ? onLink : onTransfer).get(code) ?? unlisted(phase);
  return amqpFailure(kind, code, error.message, error);
}

// Time-outs, resets and whatever the SDK may add: before the transfer the way is broken, after it nobody knows.
function unlisted(phase: AmqpPhase): AmqpFailureKind {
  return phase === "link" ? "unreachable" : "uncertain";
}

const programmingErrors: ReadonlySet<string> = new Set(["TypeError", "RangeError", "ReferenceError", "SyntaxError"]);

function flatten(error: unknown): readonly unknown[] {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors.flatMap(flatten) : [error];
}
