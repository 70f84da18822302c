// Who may read the page: whoever knows the token, through an address of this machine, and nobody else.
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIPv4 } from "node:net";
import { functionKeyCheck } from "../../host/function-key.ts";
import { WrongUse } from "../wrong-use.ts";

export interface Refusal {
  readonly status: 403 | 404 | 405 | 421;
  readonly text: string;
}

/** A new one for each start, in the address: what other users of this machine and other pages cannot know. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Throws `WrongUse` for any address that another machine can reach. */
export function loopbackAddress(given: string): string {
  if (given === "localhost") return "127.0.0.1";
  if (given === "::1" || (isIPv4(given) && given.startsWith("127."))) return given;
  throw new WrongUse(
    `--address is no address of this machine alone: ${JSON.stringify(given)}`,
    "Leave it out, or give 127.0.0.1 or ::1. To look from elsewhere, forward the port over SSH.",
  );
}

/** As it stands in an address. */
export function hostOf(address: string, port: number): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/**
 * The file asked for behind the token, or why it is refused. The name in `Host` must be one that means this machine: a
 * page of elsewhere whose name was made to mean it (DNS rebinding) sends its own.
 */
export function admit(request: IncomingMessage, host: string, token: string): string | Refusal {
  const { method = "", url = "", headers } = request;
  const local = `localhost:${host.slice(host.lastIndexOf(":") + 1)}`;
  if (headers.host !== host && headers.host !== local) {
    return { status: 421, text: "Open the address that bridge dashboard has printed." };
  }
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "Use GET or HEAD." };
  const [, shown, name, ...more] = (url.split("?", 1)[0] ?? "").split("/");
  if (!functionKeyCheck(token)(shown)) {
    return {
      status: 403,
      text: "Open the address that bridge dashboard has printed: it has a token that is new each time.",
    };
  }
  return name === undefined || more.length > 0 ? { status: 404, text: "Nothing is here." } : name;
}
