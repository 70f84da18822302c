// Reads the errors of the Azure AMQP SDKs.
import { sendFailure, type SendFailure, type SendFailureKind, type SendPhase } from "./send-failure.ts";

/**
 * Reads an error thrown by the SDK. Returns `undefined` for what the SDK does not throw on purpose: a bug, to be rethrown.
 * After several attempts the SDK throws an `AggregateError` with an empty text, at times inside another one: the causes are
 * unwrapped and an uncertain one wins over the rest, because one attempt that may have arrived is enough.
 */
export function readAmqpFailure(error: unknown, phase: SendPhase): SendFailure | undefined {
  const failures: SendFailure[] = [];
  for (const cause of flatten(error)) {
    const failure = readOne(cause, phase);
    if (failure === undefined) return undefined;
    failures.push(failure);
  }
  return failures.find((failure) => !failure.definite) ?? failures.at(-1);
}

// Codes that mean the same before and after the transfer: each says that the batch was not taken. Sources: core-amqp
// errors.js (code per AMQP condition), and the SDK 6.0.4 tried against a server that answers with each.
const answered: ReadonlyMap<string, SendFailureKind> = new Map([
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
  // Service Bus has names of its own for some of these.
  ["ServiceBusy", "busy"],
  ["UnauthorizedAccess", "unauthorized"],
  ["MessagingEntityNotFound", "not-found"],
  ["ServiceCommunicationProblem", "not-found"],
  ["MessageSizeExceeded", "too-large"],
  ["QuotaExceeded", "refused"],
  ["MessagingEntityDisabled", "refused"],
]);

const onLink: ReadonlyMap<string, SendFailureKind> = new Map([
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

const onTransfer: ReadonlyMap<string, SendFailureKind> = new Map([
  ["ArgumentError", "bad-event"],
  ["ArgumentOutOfRangeError", "bad-event"],
]);

function readOne(error: unknown, phase: SendPhase): SendFailure | undefined {
  if (!(error instanceof Error) || programmingErrors.has(error.name)) return undefined;
  const { code, detail } = readCode(error);
  const kind = answered.get(code) ?? (phase === "link" ? onLink : onTransfer).get(code) ?? unlisted(phase);
  return sendFailure(kind, code, detail, error);
}

function readCode(error: Error): { readonly code: string; readonly detail: string } {
  const code = "code" in error && typeof error.code === "string" && error.code !== "" ? error.code : error.name;
  // What it has no code of its own for, the Service Bus SDK (7.9.5) keeps only as the first word of its text.
  const inText = code === "GeneralError" ? /^(\w+): (.*)$/su.exec(error.message) : null;
  if (error.name !== "ServiceBusError" || inText === null) return { code, detail: error.message };
  const [, word = code, detail = ""] = inText;
  return { code: word, detail };
}

// Time-outs, resets and whatever the SDK may add: before the transfer the way is broken, after it nobody knows.
function unlisted(phase: SendPhase): SendFailureKind {
  return phase === "link" ? "unreachable" : "uncertain";
}

const programmingErrors: ReadonlySet<string> = new Set(["TypeError", "RangeError", "ReferenceError", "SyntaxError"]);

function flatten(error: unknown): readonly unknown[] {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors.flatMap(flatten) : [error];
}
