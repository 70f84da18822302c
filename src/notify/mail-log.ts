// What is logged of mails: which, how it ended, why. Never to whom or what: a log lives longer than a mail, and others read it.
import type { BridgeError } from "../errors.ts";
import type { OutboxEntry } from "./mail-outbox.ts";

type Facts = Readonly<Record<string, unknown>>;

/** The part of a log that is needed. */
export interface Lines {
  info(message: string, facts: Facts): void;
  warn(message: string, facts: Facts): void;
  error(message: string, facts: Facts): void;
}

export interface MailLog {
  /** The end of a mail: one line. */
  ended(
    entry: OutboxEntry,
    how: "succeeded" | "failed" | "given-up",
    endedAt: number,
    error: BridgeError | undefined,
  ): void;
  /** It is tried, or asked for, again. */
  delayed(entry: OutboxEntry, error: BridgeError): void;
}

export function mailLog(lines: Lines): MailLog {
  return {
    ended(entry, how, endedAt, error) {
      const facts = { ...factsOf(entry), outcome: how, afterSeconds: Math.round((endedAt - entry.queuedAt) / 1000) };
      if (error === undefined) lines.info(`Mail ${entry.id} was sent off.`, facts);
      else lines.error(`Mail ${entry.id} was not sent: ${error.message}`, { ...facts, error: told(error) });
    },
    delayed(entry, error) {
      lines.warn(`Mail ${entry.id} waits: ${error.message}`, { ...factsOf(entry), error: told(error) });
    },
  };
}

/** `operation` where the service gave it an id of its own. */
function factsOf({ id, recipients, state }: OutboxEntry): Facts {
  const operation = state.kind === "accepted" && state.operationId !== id ? { operation: state.operationId } : {};
  return { mail: id, recipients, ...operation };
}

function told({ code, message, fix }: BridgeError): Facts {
  return { code, message, fix };
}
