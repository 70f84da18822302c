// Arithmetic on lists of half-open spans: what they hold together, and what is left of one without others.
import type { Window } from "./records.ts";

/** In order, with what overlaps or touches made one; empty ones are left out. */
export function merged(spans: readonly Window[]): readonly Window[] {
  const result: Window[] = [];
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    if (from >= to) continue;
    const last = result.at(-1);
    if (last !== undefined && from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else result.push({ from, to });
  }
  return result;
}

/** What lies in `spans` and in none of `others`, merged. */
export function without(spans: readonly Window[], others: readonly Window[]): readonly Window[] {
  let left = merged(spans);
  for (const other of merged(others)) {
    left = left.flatMap(({ from, to }) =>
      [
        { from, to: Math.min(to, other.from) },
        { from: Math.max(from, other.to), to },
      ].filter((piece) => piece.from < piece.to),
    );
  }
  return left;
}

/** What lies in both, merged. */
export function common(spans: readonly Window[], others: readonly Window[]): readonly Window[] {
  return without(spans, without(spans, others));
}

export function overlap(one: Window, other: Window): boolean {
  return one.from < other.to && other.from < one.to;
}
