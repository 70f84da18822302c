// Guesses what a run will read next, so that a source may ask for it before its turn. A wrong guess costs a call, nothing else.
import type { PageRequest } from "./ports.ts";
import type { Instant, Window } from "./records.ts";
import { firstWindow } from "./windows.ts";

export type NextWindow = Pick<PageRequest, "part" | "window">;

/** More than any source would ask for ahead. */
const MOST = 16;

/**
 * The windows of progress that follow the one of `current`, if every window closes: always of the part that is furthest
 * behind. Parts whose windows were shortened are left out: nobody knows how long their next one will be.
 */
export function nextWindows(
  behind: ReadonlyMap<string, Instant>,
  current: NextWindow,
  plan: { readonly end: Instant; readonly windowMs: number; isShortened(part: string): boolean },
): readonly NextWindow[] {
  const reached = new Map(behind);
  const next: NextWindow[] = [];
  reached.set(current.part, current.window.to);
  while (next.length < MOST) {
    const part = furthestBehind(reached);
    if (part === undefined) return next;
    const window = firstWindow({ from: reached.get(part) ?? plan.end, to: plan.end }, plan.windowMs);
    if (window === undefined || plan.isShortened(part)) {
      reached.delete(part);
      continue;
    }
    next.push({ part, window });
    reached.set(part, window.to);
  }
  return next;
}

/** The spans owed by the parts, which are read in their order, each as one window. */
export function nextLookbacks(
  parts: readonly string[],
  owed: (part: string) => Window | undefined,
): readonly NextWindow[] {
  return parts.flatMap((part) => {
    const window = owed(part);
    return window === undefined ? [] : [{ part, window }];
  });
}

export function furthestBehind(behind: ReadonlyMap<string, Instant>): string | undefined {
  let found: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [part, at] of behind) {
    if (at < least) {
      found = part;
      least = at;
    }
  }
  return found;
}
