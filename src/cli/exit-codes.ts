// What the program ends with, for scripts and pipelines.
import type { ErrorCode } from "../errors.ts";

export const EXIT = {
  /** It did what it was asked, and what it was asked about is good. */
  good: 0,
  /** The thing asked for is bad, or failed. */
  failed: 1,
  /** Wrong use or wrong settings: nothing was tried. */
  wrongUse: 2,
  /** It would have changed something and nobody confirmed it. */
  notConfirmed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of an expected failure. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return code === "SETTINGS_INVALID" || code === "ROUTE_UNKNOWN" ? EXIT.wrongUse : EXIT.failed;
}
