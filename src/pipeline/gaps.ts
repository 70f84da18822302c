// How reading steps around what an operator gave up, or what a backfill is not to read.
import type { Checkpoint } from "./ports.ts";
import type { Instant, Window } from "./records.ts";

/** The first stretch of a span that lies outside of the part's gaps; `undefined` when there is none. */
export function firstOutsideGaps(span: Window, checkpoint: Checkpoint, part: string): Window | undefined {
  const from = pastGaps(span.from, checkpoint, part);
  const next = gapsOf(checkpoint, part).flatMap((gap) => (gap.from > from ? [gap.from] : []));
  const to = Math.min(span.to, ...next);
  return from < to ? { from, to } : undefined;
}

/** The end of the gap, or row of gaps, that an instant lies in; the instant itself where it lies in none. */
export function pastGaps(instant: Instant, checkpoint: Checkpoint, part: string): Instant {
  let past = instant;
  for (const gap of gapsOf(checkpoint, part).toSorted((one, other) => one.from - other.from)) {
    if (gap.from <= past && past < gap.to) past = gap.to;
  }
  return past;
}

function gapsOf({ gaps = [] }: Checkpoint, part: string): readonly Window[] {
  return gaps.filter((gap) => gap.part === part && gap.from < gap.to);
}
