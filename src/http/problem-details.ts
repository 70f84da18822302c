// Answers that say no, in the form of RFC 9457, with every fault of a body listed.
import { STATUS_CODES } from "node:http";
import type * as z from "zod";

/** An answer to a request; `body` is JSON-compatible. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Fault {
  /** JSON pointer (RFC 6901) to the part of the body, empty for all of it. */
  readonly pointer: string;
  /** A sentence without the value: answers end up in logs of others. */
  readonly detail: string;
}

export interface ProblemOptions {
  readonly errors?: readonly Fault[];
  /** Becomes the header `Retry-After`, in whole seconds. */
  readonly retryAfterMs?: number;
}

/** @param detail what went wrong and what the caller does about it */
export function problem(status: number, detail: string, { errors, retryAfterMs }: ProblemOptions = {}): HttpAnswer {
  const wait = retryAfterMs === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
  return {
    status,
    headers: { "content-type": "application/problem+json", ...wait },
    body: {
      type: "about:blank",
      title: STATUS_CODES[status] ?? "",
      status,
      detail,
      ...(errors === undefined ? {} : { errors }),
    },
  };
}

/** Every fault that a schema found. Its messages must not hold values. */
export function faultsOf({ issues }: Pick<z.ZodError, "issues">): readonly Fault[] {
  return issues.map(({ path, message }) => ({ pointer: path.map(segment).join(""), detail: message }));
}

function segment(key: PropertyKey): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
