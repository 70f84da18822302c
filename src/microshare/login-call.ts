// What both ways to log in share: options, the request's limits, the words of their errors, the form of a usable token.
import type { Caller } from "./call-with-retry.ts";
import type { Failure, Subject, Verdict } from "./failure.ts";
import { toBridgeError } from "./failure.ts";
import type { HideSecrets } from "./hide-secrets.ts";

export interface LoginOptions {
  readonly caller: Caller;
  readonly authUrl: string;
  readonly appUrl: string;
  readonly tokenTransport: "body" | "query";
  readonly username: string;
  readonly password: string;
  readonly apiKey?: string;
  readonly scope: string;
  readonly identity?: string;
  readonly requestTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly now: () => number;
  readonly hideSecrets: HideSecrets;
  /** Told about every token before it is used, so that it can be hidden from messages. */
  readonly onToken: (token: string) => void;
}

export const FORM_HEADERS = {
  "content-type": "application/x-www-form-urlencoded",
  "accept-encoding": "gzip",
  "user-agent": "microshare-azure-bridge",
} as const;

/** Address below a base URL that may have a path prefix. */
export function below(base: string, path: string): URL {
  return new URL(`${base.replace(/\/+$/, "")}${path}`);
}

export function giveUp(failure: Failure): Verdict<never> {
  return { kind: "give-up", failure };
}

/** Something that can stand in an `Authorization` header; its form is not documented, so nothing else is asked of it. */
export function isUsableToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws `IDENTITY_MISMATCH` unless the token acts under the identity expected; without an expectation all are fine. */
export function checkIdentity(
  expected: string | undefined,
  actual: unknown,
  subject: Subject,
  hideSecrets: HideSecrets,
): void {
  if (expected === undefined || actual === expected) return;
  const got =
    typeof actual === "string"
      ? `acts under the identity "${hideSecrets(actual)}"`
      : "does not say which identity it acts under";
  throw toBridgeError(subject, {
    code: "IDENTITY_MISMATCH",
    what: `the token ${got}, but "${expected}" is expected`,
    fix: 'Set MICROSHARE_IDENTITY to the code shown in the console under Keys > Organizations, and check that the account belongs to it. With MICROSHARE_AUTH_MODE "web" the identity cannot be chosen: use "oauth2".',
  });
}
