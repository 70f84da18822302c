// What a notice can be about, and what a run tells of its routes.
import type { Instant } from "../../pipeline/records.ts";

/** Causes that last until they are over: each is told once, and its end once. */
export const LASTING_CAUSES = [
  /** Several runs of a route in a row failed. */
  "failing",
  /** A window is not, or cannot be shown to be, complete: somebody has to look at it. */
  "incomplete",
  /** The token acts for another tenant than the settings say. */
  "identity",
  /** The watermark is older than its limit, for no reason told already. */
  "stale",
  /** The route runs well and finds nothing new. */
  "quiet",
  /** The app settings are wrong, so that no run comes to a route. */
  "settings",
  /** A rule of NOTIFY_RULES cannot be used. */
  "rule-broken",
] as const;

/** Causes that are over as soon as they are seen: each is counted, and told once in a cool-down. */
export const MOMENTARY_CAUSES = ["dead-letters", "late", "rule"] as const;

export type LastingCause = (typeof LASTING_CAUSES)[number];
export type MomentaryCause = (typeof MOMENTARY_CAUSES)[number];
export type Cause = LastingCause | MomentaryCause;

/** Nothing of it is secret or a record. */
export interface Failure {
  /** Of the error; `UNEXPECTED` for a bug. */
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** How one run of one route ended, as far as notices care. */
export interface RouteReport {
  readonly route: string;
  /** `unknown` when another run is at work on it, or it was not served: nothing is concluded then. */
  readonly ending: "caught-up" | "out-of-time" | "failed" | "unknown";
  /** Set exactly when it failed. */
  readonly failure?: Failure;
  readonly watermark?: Instant;
  readonly delivered: number;
  readonly deadLettered: number;
  readonly warnings: readonly Failure[];
}

/** What the records of a run did to one rule. */
export interface RuleMatches {
  readonly rule: string;
  readonly matches: number;
  /** The template, filled in for the first match. */
  readonly example: string;
  readonly coolDownMs: number;
  readonly to: readonly string[];
}

/** What one run tells. */
export interface RunReport {
  /** When the run ended, by the clock of the watermarks. */
  readonly at: Instant;
  /** One for each route of the settings; empty when the settings are wrong. */
  readonly routes: readonly RouteReport[];
  /** Why no run could begin. */
  readonly settings?: Failure;
  readonly brokenRules: readonly { readonly rule: string; readonly failure: Failure }[];
  readonly ruleMatches: readonly RuleMatches[];
}

/** When something is worth a notice, and how often. */
export interface NoticeTerms {
  readonly to: readonly string[];
  readonly afterFailures: number;
  readonly coolDownMs: number;
  readonly watermarkAgeMs: number;
  /** How long a route may find nothing new; absent for ever. */
  readonly quietMs?: number;
}
