// How the checkpoint of a route moves: pure functions, one for each thing that can happen to it.
import { pastGaps } from "./gaps.ts";
import type { Checkpoint } from "./ports.ts";
import { doneTo, type PlannedSlice, type Timing } from "./reading-plan.ts";
import type { Instant } from "./records.ts";

/** Of a route that was never saved: nothing is done, nothing is covered, everything begins at `start`. */
export function firstCheckpoint(start: Instant, now: Instant): Checkpoint {
  return {
    start,
    watermark: start,
    coveredFrom: start,
    parts: {},
    lookback: {},
    deepLookbackAt: now,
    servedAt: 0,
    nextSegment: 0,
  };
}

/**
 * After every record of the slice was confirmed or dead-lettered. A progress slice moves its part, but never past
 * `settledTo` (what the API's own clock had settled when it answered); a lookback slice shortens what is owed.
 */
export function closeSlice(checkpoint: Checkpoint, slice: PlannedSlice, settledTo: Instant): Checkpoint {
  if (slice.closedTo === undefined) return checkpoint;
  return slice.purpose === "progress"
    ? movePart(checkpoint, slice, Math.min(slice.closedTo, settledTo))
    : shortenLookback(checkpoint, slice.part, slice.closedTo);
}

/** The watermark is the least progress of the parts that are read now; it never moves back. */
export function raiseWatermark(checkpoint: Checkpoint, parts: readonly string[]): Checkpoint {
  const least = Math.min(...parts.map((part) => doneTo(checkpoint, part)));
  return Number.isFinite(least) ? { ...checkpoint, watermark: Math.max(checkpoint.watermark, least) } : checkpoint;
}

/**
 * Lets go of ledger entries that no reading can meet again: older than the furthest part or owed lookback, by the
 * longer lookback. The margin covers the milliseconds by which view bounds are widened, and the slack of a clock that
 * places a record in a neighbouring window.
 */
export function expireLedger(
  checkpoint: Checkpoint,
  parts: readonly string[],
  timing: Timing,
): { readonly checkpoint: Checkpoint; readonly before: Instant } {
  const backMs = Math.max(timing.lookbackMs, timing.deepLookbackMs);
  const oldest = Math.min(
    ...parts.map((part) => doneTo(checkpoint, part) - backMs),
    ...Object.values(checkpoint.lookback).map((owed) => owed.from),
    checkpoint.watermark - backMs,
  );
  const coveredFrom = Math.max(checkpoint.coveredFrom, oldest);
  return { checkpoint: { ...checkpoint, coveredFrom }, before: Math.min(coveredFrom, oldest) - EXPIRY_MARGIN_MS };
}

/** The checkpoint without the mark that something may be in the sink unrecorded. */
export function withoutSending(checkpoint: Checkpoint): Checkpoint {
  const clean: { -readonly [Name in keyof Checkpoint]: Checkpoint[Name] } = { ...checkpoint };
  delete clean.sending;
  return clean;
}

/** The checkpoint of a route to which nothing is pushed any more. */
export function withoutPushed(checkpoint: Checkpoint): Checkpoint {
  const { pushed: _, ...clean } = checkpoint;
  return clean;
}

/** A window that was too large for the API: the next run begins with what worked. */
export function rememberWindow(checkpoint: Checkpoint, part: string, windowMs: number | undefined): Checkpoint {
  const { windowMs: _, ...progress } = checkpoint.parts[part] ?? { doneTo: doneTo(checkpoint, part) };
  const changed = windowMs === undefined ? progress : { ...progress, windowMs };
  return { ...checkpoint, parts: { ...checkpoint.parts, [part]: changed } };
}

const EXPIRY_MARGIN_MS = 10 * 60 * 1000;

function movePart(checkpoint: Checkpoint, slice: PlannedSlice, to: Instant): Checkpoint {
  // What was given up counts as done.
  const reached = pastGaps(Math.max(doneTo(checkpoint, slice.part), to), checkpoint, slice.part);
  const progress = {
    ...checkpoint.parts[slice.part],
    doneTo: reached,
    ...(slice.hint === undefined ? {} : { hint: slice.hint }),
  };
  return { ...checkpoint, parts: { ...checkpoint.parts, [slice.part]: progress } };
}

function shortenLookback(checkpoint: Checkpoint, part: string, to: Instant): Checkpoint {
  const { [part]: owed, ...others } = checkpoint.lookback;
  if (owed === undefined) return checkpoint;
  return { ...checkpoint, lookback: to >= owed.to ? others : { ...others, [part]: { from: to, to: owed.to } } };
}
