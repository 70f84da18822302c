// What the webhook takes: contracts that tell by the shape of a body whether it is theirs. The first that accepts it answers.
import type { Instant } from "../pipeline/records.ts";
import type { Fault } from "./problem.ts";

export interface WebhookContract {
  /** By shape alone, without effect: `body` is the parsed JSON. A body that nobody accepts goes to the last contract. */
  accepts(body: unknown): boolean;
  /** Everything that is wrong with the body, told before it is handled; `handle` is only called when there is nothing. */
  faultsIn?(body: unknown): readonly Fault[];
  /**
   * Resolves once what the answer says is true: a success only after the sink has confirmed. Expected failures are answers
   * too; what is thrown is a bug.
   */
  handle(body: unknown, request: ReceivedRequest): Promise<Answer>;
}

/** A request that has passed everything in front of the contracts: key, rate, size, content type, signature, JSON. */
export interface ReceivedRequest {
  /** The caller's own, or a new one: message id, property and log field. */
  readonly correlationId: string;
  /** The body as it came: valid UTF-8, without a byte order mark. */
  readonly text: string;
  readonly receivedAt: Instant;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON-compatible. With a status of 400 or more a problem of RFC 9457 (`problem.ts`). */
  readonly body: Readonly<Record<string, unknown>>;
  /** For the log line beside correlation id and status: counts and codes, never anything of the body. */
  readonly facts?: Readonly<Record<string, string | number>>;
}
