// The operations of the mail service: each mail runs for a while and then ends.
import type { SentMessage } from "./message.ts";

export type OperationStatus = "NotStarted" | "Running" | "Succeeded" | "Failed" | "Canceled";

export interface OperationEnd {
  readonly status: "Succeeded" | "Failed" | "Canceled";
  /** With a failure. */
  readonly code?: string;
}

export interface Operation {
  readonly id: string;
  readonly message: SentMessage;
  readonly sentAt: number;
  readonly end: OperationEnd;
}

export interface Operations {
  readonly all: readonly Operation[];
  find(id: string): Operation | undefined;
  add(operation: Operation): void;
  statusOf(operation: Operation): OperationStatus;
  /** As the service tells it. */
  bodyOf(operation: Operation): unknown;
}

export function createOperations(runningMs: number, now: () => number): Operations {
  const all: Operation[] = [];
  const statusOf = ({ sentAt, end }: Operation): OperationStatus =>
    now() - sentAt < runningMs ? "Running" : end.status;
  return {
    all,
    find: (id) => all.find((operation) => operation.id === id),
    add: (operation) => void all.push(operation),
    statusOf,
    bodyOf(operation) {
      const status = statusOf(operation);
      const { code } = operation.end;
      const error =
        status === "Failed" ? { error: { code: code ?? "EmailDropped", message: failureText(operation) } } : {};
      return { id: operation.id, status, ...error };
    },
  };
}

/** The service's texts may quote an address: it is what a log must not take over. */
function failureText({ message }: Operation): string {
  return `The mail to ${message.recipients.to[0]?.address} was dropped.`;
}
