// A stand-in for an error from below that is safe to log: undici's carry sockets and raw response bytes.
import type { HideSecrets } from "./hide-secrets.ts";

/** Name, code and text of an error and of what it wraps, on one line, without secrets; nothing else of it. */
export function cleanCause(error: unknown, hideSecrets: HideSecrets): Error {
  const clean = new Error(hideSecrets(describe(error)));
  clean.name = "TransportError";
  const code = codeOf(error);
  return code === undefined ? clean : Object.assign(clean, { code });
}

/** The code of an error, else of the error it wraps. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error.cause);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  // "Happy eyeballs" wraps one error per address; its own text is empty.
  const inner = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  return [error.message, ...inner.map(describe)].filter((text) => text !== "").join(": ");
}
