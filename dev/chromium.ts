// Where Debian's Chromium is: the browser of the tests and of the pictures.
import { execFileSync } from "node:child_process";

/** Throws when it is not installed. */
export function chromiumPath(): string {
  return execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
}
