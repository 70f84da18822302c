// How reading steps around what an operator gave up.
import type { Checkpoint } from "./ports.ts";
import type { Window } from "./records.ts";

/** The first stretch of a span that lies outside of the part's gaps; `undefined` when there is none. */
export function firstOutsideGaps(span: Window, checkpoint: Checkpoint, part: string): Window | undefined {
  const gaps = (checkpoint.gaps ?? []).filter((gap) => gap.part === part && gap.from < gap.to);
  let { from } = span;
  for (const gap of gaps.toSorted((one, other) => one.from - other.from)) {
    if (gap.from <= from && from < gap.to) from = gap.to;
  }
  const next = gaps.filter((gap) => gap.from > from).map((gap) => gap.from);
  const to = Math.min(span.to, ...next);
  return from < to ? { from, to } : undefined;
}
