// A mailer in memory, for tests: it keeps what it is given, and passes the same contract suite as the real one.
import { BridgeError } from "../errors.ts";
import type { Mail } from "./mail.ts";
import type { Mailer, MailOutcome, SendStarted } from "./mailer.ts";

export interface MemoryMailer extends Mailer {
  /** By operation id, in the order of sending. */
  readonly mails: ReadonlyMap<string, Mail>;
  /** What the next calls give instead, in this order; with `taken` the service has the mail nevertheless. */
  nextSends(...answers: readonly { readonly answer: SendStarted; readonly taken?: boolean }[]): void;
  nextOutcomes(...answers: readonly MailOutcome[]): void;
  /** How an operation ends. Until then it runs. */
  end(operationId: string, how: "succeeded" | "failed"): void;
  /** Calls of both kinds, as `send ID` and `outcome ID`. */
  readonly calls: readonly string[];
}

export function memoryMailer(): MemoryMailer {
  const mails = new Map<string, Mail>();
  const ends = new Map<string, "succeeded" | "failed">();
  const sends: { readonly answer: SendStarted; readonly taken?: boolean }[] = [];
  const outcomes: MailOutcome[] = [];
  const calls: string[] = [];

  return {
    mails,
    calls,
    nextSends: (...answers) => void sends.push(...answers),
    nextOutcomes: (...answers) => void outcomes.push(...answers),
    end: (operationId, how) => void ends.set(operationId, how),

    async send(mail, operationId, signal) {
      calls.push(`send ${operationId}`);
      if (signal.aborted) return { kind: "uncertain", error: unavailable() };
      const { answer = { kind: "started", operationId }, taken = answer.kind === "started" } = sends.shift() ?? {};
      if (taken && !mails.has(operationId)) mails.set(operationId, structuredClone(mail));
      return answer;
    },

    async outcome(operationId, signal) {
      calls.push(`outcome ${operationId}`);
      if (signal.aborted) return { kind: "unanswered", error: unavailable() };
      const next = outcomes.shift();
      if (next !== undefined) return next;
      if (!mails.has(operationId)) return { kind: "unknown" };
      const end = ends.get(operationId);
      if (end === "succeeded") return { kind: "succeeded" };
      return end === undefined ? { kind: "running" } : { kind: "failed", error: failed() };
    },
  };
}

function unavailable(): BridgeError {
  return new BridgeError("MAIL_UNAVAILABLE", "The mail service did not answer.", { fix: "Nothing to do." });
}

function failed(): BridgeError {
  return new BridgeError("MAIL_FAILED", "The mail service could not send the mail.", { fix: "Check the recipients." });
}
