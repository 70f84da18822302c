// What a broker's answer, or its absence, means for the batch that was being sent.
import type { BatchTicket } from "./kafka-sockets.ts";
import { sendFailure, type SendFailure, type SendFailureKind } from "./send-failure.ts";

/**
 * Answers that say that nothing of the batch was stored. Everything else leaves it open: among others REQUEST_TIMED_OUT (7),
 * NOT_ENOUGH_REPLICAS_AFTER_APPEND (20), KAFKA_STORAGE_ERROR (56) and UNKNOWN_SERVER_ERROR (-1).
 */
const answers: ReadonlyMap<number, readonly [name: string, kind: SendFailureKind]> = new Map([
  [2, ["CORRUPT_MESSAGE", "unavailable"]],
  [3, ["UNKNOWN_TOPIC_OR_PARTITION", "not-found"]],
  [5, ["LEADER_NOT_AVAILABLE", "unavailable"]],
  [6, ["NOT_LEADER_OR_FOLLOWER", "unavailable"]],
  [10, ["MESSAGE_TOO_LARGE", "bad-event"]],
  [17, ["INVALID_TOPIC_EXCEPTION", "refused"]],
  [18, ["RECORD_LIST_TOO_LARGE", "bad-event"]],
  [19, ["NOT_ENOUGH_REPLICAS", "unavailable"]],
  [21, ["INVALID_REQUIRED_ACKS", "refused"]],
  [29, ["TOPIC_AUTHORIZATION_FAILED", "unauthorized"]],
  [31, ["CLUSTER_AUTHORIZATION_FAILED", "unauthorized"]],
  [32, ["INVALID_TIMESTAMP", "bad-event"]],
  [33, ["UNSUPPORTED_SASL_MECHANISM", "unauthorized"]],
  [34, ["ILLEGAL_SASL_STATE", "unauthorized"]],
  [35, ["UNSUPPORTED_VERSION", "refused"]],
  [42, ["INVALID_REQUEST", "refused"]],
  [43, ["UNSUPPORTED_FOR_MESSAGE_FORMAT", "refused"]],
  [44, ["POLICY_VIOLATION", "refused"]],
  [58, ["SASL_AUTHENTICATION_FAILED", "unauthorized"]],
  [76, ["UNSUPPORTED_COMPRESSION_TYPE", "refused"]],
  [87, ["INVALID_RECORD", "bad-event"]],
  [89, ["THROTTLING_QUOTA_EXCEEDED", "busy"]],
]);

/** What `ticket` knows counts; the library's error only says why nothing left, or why no answer came. */
export function batchFailure(ticket: BatchTicket, error: unknown): SendFailure {
  if (ticket.answer !== undefined) return answerFailure(ticket.answer.code, "uncertain", error);
  if (ticket.left) return sendFailure("uncertain", nameOf(error), textOf(error), error);
  if (!ticket.mayStart()) return sendFailure("cancelled", "AbortError", "");
  return linkFailure(error);
}

/** Why a connection, a login or an answer about topics failed: nothing of a batch had left. Rethrows a bug. */
export function linkFailure(error: unknown): SendFailure {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at.name === "KafkaJSSASLAuthenticationError") return sendFailure("unauthorized", "SASL", at.message, error);
    if (at.name === "KafkaJSProtocolError" && "code" in at && typeof at.code === "number") {
      return answerFailure(at.code, "unavailable", at);
    }
  }
  if (!isExpected(error)) throw error;
  return sendFailure("unreachable", nameOf(error), textOf(error), error);
}

/** The library's own errors, and those of sockets and name look-up. */
function isExpected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name.startsWith("KafkaJS") || ("code" in error && typeof error.code === "string");
}

function answerFailure(code: number, unknown: SendFailureKind, error: unknown): SendFailure {
  const [name, kind] = answers.get(code) ?? [`Kafka error ${code}`, unknown];
  return sendFailure(kind, name, textOf(error), error);
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "Error";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
