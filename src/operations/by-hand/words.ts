// What a command needs to show of these operations: their shapes, and how times and spans are written.
export type { BackfillOutcome } from "../../pipeline/backfill.ts";
export type { BackfillPlan, BackfillRequest, SpansByPart } from "../../pipeline/backfill-plan.ts";
export type { Window } from "../../pipeline/records.ts";
export type { RewindPlan } from "../../pipeline/rewind.ts";
export type { RunSummary } from "../../telemetry/run-summary.ts";
export { describeWindow, isoText } from "../../pipeline/windows.ts";
