// One line for each thing that is looked at, and what to do about those that are not good.
import { BridgeError, type ErrorCode } from "../../errors.ts";
import { cleanError } from "../../telemetry/clean-error.ts";
import type { Redact } from "../../telemetry/redact.ts";

export type CheckOutcome = "passed" | "warning" | "failed" | "not-checked";

export interface Check {
  /** Stable: `settings`, `login`, `api`, `clock`, `view:FEED`, `sample:FEED`, `state:read`, ... */
  readonly id: string;
  /** What was looked at. */
  readonly title: string;
  readonly outcome: CheckOutcome;
  /** What was found. */
  readonly detail: string;
  /** Of a failure or warning of the bridge's own. */
  readonly code?: ErrorCode;
  /** What to do; present for warnings and failures. */
  readonly fix?: string;
}

/** What a check found: nothing but good news, or warnings too. What is thrown is the failure. */
export interface Found {
  readonly detail: string;
  readonly warnings?: readonly (BridgeError | { readonly message: string; readonly fix: string })[];
}

export interface Checklist {
  /**
   * Looks at one thing, unless one of those in `after` was not good enough to build on. Resolves with whether it passed,
   * warnings included. Throws only for bugs.
   */
  run(id: string, title: string, after: readonly string[], work: () => Promise<Found>): Promise<boolean>;
  readonly checks: readonly Check[];
}

/** `tell` hears each line as it is known. */
export function createChecklist(tell: (check: Check) => void, redact: Redact): Checklist {
  const checks: Check[] = [];
  const note = (check: Check): void => {
    const clean = {
      ...check,
      detail: redact(check.detail),
      ...(check.fix === undefined ? {} : { fix: redact(check.fix) }),
    };
    checks.push(clean);
    tell(clean);
  };
  const bad = (id: string): Check | undefined =>
    checks.find((check) => check.id === id && (check.outcome === "failed" || check.outcome === "not-checked"));

  return {
    checks,
    async run(id, title, after, work) {
      const hindrance = after.map(bad).find((check) => check !== undefined);
      if (hindrance !== undefined) {
        note({
          id,
          title,
          outcome: "not-checked",
          detail: `cannot be checked before this is right: ${hindrance.title}`,
        });
        return false;
      }
      try {
        const { detail, warnings = [] } = await work();
        note({ id, title, outcome: "passed", detail });
        for (const warning of warnings) {
          const code = warning instanceof BridgeError ? { code: warning.code } : {};
          note({ id, title, outcome: "warning", detail: warning.message, ...code, fix: warning.fix });
        }
        return true;
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error;
        const { code, message, fix } = cleanError(error, redact);
        note({ id, title, outcome: "failed", detail: message, code, fix });
        return false;
      }
    },
  };
}
