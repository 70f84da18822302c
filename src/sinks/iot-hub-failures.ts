// What the answers of an IoT hub, and requests without one, mean for the messages that were being sent.
import { sendFailure, type SendFailure, type SendFailureKind, type SendPhase } from "./send-failure.ts";

/** Answers that say that nothing of the request was taken. Everything else above 299 leaves it open. */
const answered: ReadonlyMap<number, SendFailureKind> = new Map([
  [400, "bad-event"],
  [401, "unauthorized"],
  [403, "refused"],
  [404, "not-found"],
  [405, "refused"],
  [411, "refused"],
  [413, "too-large"],
  [429, "busy"],
]);

/** @param text of the answer, from which the hub's own code is taken where it has one. */
export function answerFailure(status: number, text: string, phase: SendPhase): SendFailure {
  const own = /errorcode\W{1,8}(\d{6})/iu.exec(text)?.[1];
  const isQuota = status === 403 && (own === "403002" || /IoTHubQuotaExceeded/iu.test(text));
  const known = isQuota ? "full" : answered.get(status);
  const kind = known === "bad-event" && phase === "link" ? "refused" : known;
  const unknown = phase === "link" ? "unavailable" : "uncertain";
  return sendFailure(kind ?? unknown, own ?? `HTTP ${status}`, messageIn(text));
}

/** @param started false when the connection was not even there: nothing of the request has left. */
export function noAnswerFailure(error: Error, started: boolean, phase: SendPhase): SendFailure {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const isDefinite = phase === "link" || !started;
  return sendFailure(isDefinite ? "unreachable" : "uncertain", code, error.message, error);
}

/** The words of the hub; its answers are JSON, at times inside JSON. */
function messageIn(text: string): string {
  return text.replaceAll(/\s+/gu, " ").slice(0, 300);
}
