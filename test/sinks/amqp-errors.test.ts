import { describe, expect, it } from "vitest";
import { readAmqpFailure } from "../../src/sinks/amqp-errors.ts";
import type { SendFailureKind } from "../../src/sinks/send-failure.ts";

/** As the SDK throws them: a `MessagingError` with a code. */
function messagingError(code: string | undefined, text = "said the service"): Error {
  return Object.assign(new Error(text), {
    name: "MessagingError",
    retryable: true,
    ...(code !== undefined && { code }),
  });
}

function named(name: string): Error {
  return Object.assign(new Error("said somebody"), { name });
}

// Code, then what it means while a link is opened and after a batch may have left.
const table: readonly [string, SendFailureKind, SendFailureKind][] = [
  ["ServerBusyError", "busy", "busy"],
  ["EBUSY", "busy", "busy"],
  ["UnauthorizedError", "unauthorized", "unauthorized"],
  ["PublisherRevokedError", "unauthorized", "unauthorized"],
  ["MessagingEntityNotFoundError", "not-found", "not-found"],
  ["ServiceCommunicationError", "not-found", "not-found"],
  ["MessageTooLargeError", "too-large", "too-large"],
  ["QuotaExceededError", "refused", "refused"],
  ["InvalidOperationError", "refused", "refused"],
  ["MessagingEntityDisabledError", "refused", "refused"],
  ["NotImplementedError", "refused", "refused"],
  ["ReceiverDisconnectedError", "taken", "taken"],
  ["SenderBusyError", "unavailable", "unavailable"],
  ["SenderNotReadyError", "unavailable", "unavailable"],
  ["InsufficientCreditError", "unavailable", "unavailable"],
  ["ECONNREFUSED", "unreachable", "unreachable"],
  ["ENOTFOUND", "unreachable", "unreachable"],
  ["EAI_AGAIN", "unreachable", "unreachable"],
  ["ArgumentError", "refused", "bad-event"],
  ["ArgumentOutOfRangeError", "refused", "bad-event"],
  ["InternalServerError", "unavailable", "uncertain"],
  ["ServiceUnavailableError", "unavailable", "uncertain"],
  ["OperationCancelledError", "unavailable", "uncertain"],
  ["DetachForcedError", "unavailable", "uncertain"],
  ["ConnectionForcedError", "unavailable", "uncertain"],
  ["TransferLimitExceededError", "unavailable", "uncertain"],
  ["OperationTimeoutError", "unreachable", "uncertain"],
  ["SendOperationFailedError", "unreachable", "uncertain"],
  ["ECONNRESET", "unreachable", "uncertain"],
  ["ETIMEDOUT", "unreachable", "uncertain"],
  ["SomethingNewError", "unreachable", "uncertain"],
];

describe("readAmqpFailure", () => {
  it.each(table)("reads %s as %s on a link and %s on a transfer", (code, onLink, onTransfer) => {
    expect(readAmqpFailure(messagingError(code), "link")).toMatchObject({ kind: onLink, code, definite: true });
    expect(readAmqpFailure(messagingError(code), "transfer")).toMatchObject({
      kind: onTransfer,
      code,
      definite: onTransfer !== "uncertain",
    });
  });

  it("never calls an unknown outcome retryable", () => {
    for (const [code] of table) {
      const failure = readAmqpFailure(messagingError(code), "transfer");
      expect(failure?.definite === false && failure.retryable).toBe(false);
    }
  });

  it("reads errors that have only a name", () => {
    expect(readAmqpFailure(named("CredentialUnavailableError"), "link")).toMatchObject({ kind: "no-token" });
    expect(readAmqpFailure(named("AuthenticationError"), "transfer")).toMatchObject({
      kind: "no-token",
      definite: true,
    });
    expect(readAmqpFailure(named("AbortError"), "link")).toMatchObject({ kind: "cancelled" });
    expect(readAmqpFailure(named("AbortError"), "transfer")).toMatchObject({ kind: "uncertain" });
    expect(readAmqpFailure(messagingError(undefined), "link")).toMatchObject({
      kind: "unavailable",
      code: "MessagingError",
    });
    expect(readAmqpFailure(new Error("Unable to open the amqp connection"), "link")).toMatchObject({
      kind: "unreachable",
    });
    // The code of a DOMException is a number.
    expect(readAmqpFailure(new DOMException("late", "TimeoutError"), "transfer")).toMatchObject({
      code: "TimeoutError",
    });
  });

  it("unwraps aggregates with empty texts, however deep, and lets the unknown outcome win", () => {
    const inner = new AggregateError([
      messagingError("OperationTimeoutError", "no answer"),
      messagingError("ServerBusyError"),
    ]);
    const outer = new AggregateError([messagingError("ECONNREFUSED"), inner]);
    expect(outer.message).toBe("");
    expect(readAmqpFailure(outer, "transfer")).toMatchObject({ kind: "uncertain", detail: "no answer" });
    // On a link nothing was sent: the last cause is the one to report.
    expect(readAmqpFailure(outer, "link")).toMatchObject({ kind: "busy" });
    expect(readAmqpFailure(new AggregateError([]), "link")).toMatchObject({ code: "AggregateError" });
  });

  it("leaves bugs alone", () => {
    expect(readAmqpFailure(new TypeError("x is not a function"), "transfer")).toBeUndefined();
    expect(
      readAmqpFailure(new AggregateError([messagingError("ECONNRESET"), new RangeError("bug")]), "link"),
    ).toBeUndefined();
    expect(readAmqpFailure("thrown text", "link")).toBeUndefined();
  });
});
