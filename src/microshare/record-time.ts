// The clocks of a record, and what they say about the window it was read for.
import type { Instant, Window } from "../pipeline/records.ts";
import { instantOfId, readInstant } from "./encodings.ts";
import { valueAt, type JsonObject } from "./json-value.ts";

/** By which clock a view's window filters. */
export type TimeField = "auto" | "createDate" | "data.meta.iot.time" | "data.time";

/** Every time a record carries, as far as it could be read. */
export interface Clocks {
  /** `data.meta.iot.time`: received by the network. */
  readonly network: Instant | undefined;
  /** `data.time`: the event, or the period it stands for. */
  readonly event: Instant | undefined;
  /** `tstamp` or `createDate`: stored by the platform. */
  readonly stored: Instant | undefined;
  /** `updateDate`: last rewritten. */
  readonly updated: Instant | undefined;
  /** The second in which the id was made: storage time, but only roughly. */
  readonly id: Instant | undefined;
}

/** `head` is where `tstamp` stands, `payload` is the record's `data`. */
export function readClocks(head: JsonObject, payload: unknown, id: string | undefined): Clocks {
  return {
    network: readInstant(valueAt(payload, "meta", "iot", "time")),
    event: readInstant(valueAt(payload, "time")),
    stored: readInstant(valueAt(head, "tstamp")) ?? readInstant(valueAt(head, "createDate")),
    updated: readInstant(valueAt(head, "updateDate")),
    id: instantOfId(id),
  };
}

/** When the platform stored it. */
export function storedAt(clocks: Clocks): Instant | undefined {
  return clocks.stored ?? clocks.id;
}

/** A time that belongs to the record itself: the same however and whenever it is read. */
export function ownTime(clocks: Clocks): Instant | undefined {
  return clocks.event ?? clocks.network ?? clocks.stored;
}

/** Where a record stands to the window it was read for. */
export type Placement =
  | { readonly kind: "inside"; readonly time: Instant }
  | { readonly kind: "outside" }
  | { readonly kind: "timeless" };

/** For share feeds, which are sorted by storage time and have no time filter of their own. */
export function placeByStorage(clocks: Clocks, window: Window): Placement {
  return placeBy(storedAt(clocks), window);
}

/**
 * For views. `asked` are the bounds that were sent: the window, widened by a few milliseconds.
 *
 * With an explicit time field that clock decides alone. With `auto` nobody told us the view's clock, so a record is
 * inside as soon as any clock of it is: of the exact windows, which leave no gap between them, one holds the view's own
 * clock, and there the record is kept. It may be kept in a second window as well, through another clock; the ledger
 * drops the repeat. Left out is only what a margin brought in and the neighbour window will bring again: some clock lies
 * in a margin, none inside, and none that we do not see can lie inside either, since no record is received before its
 * event or stored before it is received. (A dashboard shows the event's time alone: in the upper margin that is proof
 * enough, in the lower one the view may have gone by a storage time that we do not see.)
 * What has no clock anywhere near was chosen by a clock we do not see: kept, at the nearest end of the window.
 */
export function placeInView(clocks: Clocks, timeField: TimeField, window: Window, asked: Window): Placement {
  return timeField === "auto" ? placeByAnyClock(clocks, window, asked) : placeBy(clockOf(clocks, timeField), window);
}

/**
 * For views whose definition tells the clock, while no setting does. A record that carries it is placed by it alone; one
 * that does not, as a dashboard's entries often do not, as with `auto`. A record is never lost for the definition's sake:
 * what the view chose although its clock lies neither in the window nor in its margins is kept at the nearest end.
 */
export function placeInViewByToldClock(
  clocks: Clocks,
  told: Exclude<TimeField, "auto">,
  window: Window,
  asked: Window,
): Placement {
  const clock = clockOf(clocks, told);
  if (clock === undefined) return placeByAnyClock(clocks, window, asked);
  if (clock >= asked.from && clock <= asked.to) return placeBy(clock, window);
  return { kind: "inside", time: clamped(clock, window) };
}

const CLOCK_OF_FIELD = {
  createDate: "stored",
  "data.meta.iot.time": "network",
  "data.time": "event",
} as const;

/** The time of a record by one clock. */
export function clockOf(clocks: Clocks, field: Exclude<TimeField, "auto">): Instant | undefined {
  return clocks[CLOCK_OF_FIELD[field]];
}

function placeByAnyClock(clocks: Clocks, window: Window, asked: Window): Placement {
  const known = [clocks.network, clocks.event, clocks.stored, clocks.updated].filter((clock) => clock !== undefined);
  const inside = known.find((clock) => clock >= window.from && clock < window.to);
  if (inside !== undefined) return { kind: "inside", time: inside };
  const inMargin = known.some((clock) => clock >= asked.from && clock <= asked.to);
  if (inMargin && !mayHideInside(clocks, window)) return { kind: "outside" };
  // The id's second comes last: it is a storage time, too rough to filter by.
  const nearest = known[0] ?? clocks.id;
  if (nearest === undefined) return { kind: "timeless" };
  return { kind: "inside", time: clamped(nearest, window) };
}

function clamped(clock: Instant, window: Window): Instant {
  return Math.max(window.from, Math.min(clock, window.to - 1));
}

/** Whether a clock that is not seen can lie in the window, given those before and after it. */
function mayHideInside({ event, network, stored }: Clocks, window: Window): boolean {
  const inOrder = [event, network, stored];
  return inOrder.some((clock, index) => {
    const earlier = inOrder.slice(0, index).filter((one) => one !== undefined);
    const later = inOrder.slice(index + 1).filter((one) => one !== undefined);
    return clock === undefined && earlier.every((one) => one < window.to) && later.every((one) => one >= window.from);
  });
}

function placeBy(clock: Instant | undefined, window: Window): Placement {
  if (clock === undefined) return { kind: "timeless" };
  return clock >= window.from && clock < window.to ? { kind: "inside", time: clock } : { kind: "outside" };
}
