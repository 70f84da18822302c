// A failure for people, and for programs: its code, what happened, what to do.
import type { BridgeError } from "../../errors.ts";
import type { Style } from "./style.ts";
import { printable } from "./printable.ts";

export function failureText(
  { code, message, fix }: Pick<BridgeError, "message" | "fix"> & { code?: string },
  style: Style,
): string {
  const head = code === undefined ? style("bad", "Error") : style("bad", code);
  return `${head}: ${printable(message)}\n${style("strong", "Fix")}: ${printable(fix)}\n`;
}

export function plainFailure({ code, message, fix }: BridgeError): Readonly<Record<string, string>> {
  return { code, message, fix };
}
