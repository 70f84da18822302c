// The last net over a failure that leaves the bridge: what SDKs and servers have put into its texts and causes.
import { BridgeError } from "../errors.ts";
import type { Redact } from "./redact.ts";

/** The same failure with clean texts; of its causes only names, codes, texts and stacks are left, not what they carry. */
export function cleanError(error: BridgeError, redact: Redact): BridgeError {
  const cause = error.cause === undefined ? {} : { cause: cleanCause(error.cause, redact) };
  const clean = new BridgeError(error.code, redact(error.message), { fix: redact(error.fix), ...cause });
  clean.stack = redact(error.stack ?? "");
  return clean;
}

/** The same for any other error, or whatever was thrown in the place of one. */
export function cleanCause(cause: unknown, redact: Redact): Error {
  if (!(cause instanceof Error)) return new Error(redact(String(cause)));
  const deeper = cause.cause === undefined ? {} : { cause: cleanCause(cause.cause, redact) };
  const message = redact(cause.message);
  const clean =
    cause instanceof AggregateError
      ? new AggregateError(
          cause.errors.map((part: unknown) => cleanCause(part, redact)),
          message,
          deeper,
        )
      : new Error(message, deeper);
  clean.name = cause.name;
  clean.stack = redact(cause.stack ?? "");
  return "code" in cause && typeof cause.code === "string" ? Object.assign(clean, { code: redact(cause.code) }) : clean;
}
