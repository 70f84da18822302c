// What one row of the run history says, read with care: rows of earlier versions may lack some of it.
import type { RunRow } from "../pipeline/ports.ts";

export interface RunFactsRow {
  /** When it ended. */
  readonly at: number;
  readonly outcome: string;
  readonly delivered: number;
  readonly alreadyDelivered: number;
  readonly late: number;
  /** How late the latest record came, in seconds. */
  readonly latestSeconds?: number;
  readonly watermark?: number;
  readonly lagSeconds?: number;
  readonly warnings: readonly string[];
  readonly owner?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly fix: string };
}

/** False for what an operator did by hand (`note-act.ts`). */
export function isRun({ summary }: RunRow): boolean {
  return summary["operation"] === undefined;
}

export function runFacts({ at, summary }: RunRow): RunFactsRow {
  const watermark = typeof summary["watermark"] === "string" ? Date.parse(summary["watermark"]) : Number.NaN;
  const error: Readonly<Record<string, unknown>> | undefined = objectIn(summary["error"]);
  const { latestSeconds, lagSeconds, owner, warnings } = summary;
  return {
    at,
    outcome: String(summary["outcome"]),
    delivered: countIn(summary["delivered"]),
    alreadyDelivered: countIn(summary["alreadyDelivered"]),
    late: countIn(summary["late"]),
    ...(typeof latestSeconds === "number" ? { latestSeconds } : {}),
    ...(Number.isNaN(watermark) ? {} : { watermark }),
    ...(typeof lagSeconds === "number" ? { lagSeconds } : {}),
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
    ...(typeof owner === "string" ? { owner } : {}),
    ...(error === undefined
      ? {}
      : { error: { code: String(error["code"]), message: String(error["message"]), fix: String(error["fix"]) } }),
  };
}

function countIn(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}
