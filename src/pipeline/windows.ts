// Pure arithmetic on windows: cutting a span into windows, halving one, clipping.
import type { Instant, Window } from "./records.ts";

/**
 * The first window of a span. At most `windowMs` long, except that a remainder of up to half a window is read along
 * with it: a timer that fires a moment late must not cost a request of its own. Undefined when the span is empty.
 */
export function firstWindow(span: Window, windowMs: number): Window | undefined {
  if (span.from >= span.to) return undefined;
  const fits = span.to - span.from <= windowMs * 1.5;
  return { from: span.from, to: fits ? span.to : span.from + windowMs };
}

/** The two halves of a window, earlier first; undefined when it is a single millisecond. */
export function halves(window: Window): readonly [Window, Window] | undefined {
  const length = window.to - window.from;
  if (length < 2) return undefined;
  const middle = window.from + Math.floor(length / 2);
  return [
    { from: window.from, to: middle },
    { from: middle, to: window.to },
  ];
}

/** The smallest window that holds both. */
export function spanOf(one: Window, other: Window): Window {
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}

/** For messages and logs: `[2025-03-04T08:00:00.000Z, 2025-03-04T09:00:00.000Z)`. */
export function describeWindow(window: Window): string {
  return `[${isoText(window.from)}, ${isoText(window.to)})`;
}

export function isoText(instant: Instant): string {
  return new Date(instant).toISOString();
}
