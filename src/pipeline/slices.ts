// Reads one window of one part into slices: spans that are complete, in time order and small enough to hold.
import { BridgeError, type ErrorCode } from "../errors.ts";
import { miscounted, notWhole, saturated } from "./incomplete.ts";
import type { FeedSource } from "./ports.ts";
import {
  inTimeOrder,
  type FeedRecord,
  type Instant,
  type Page,
  type UnreadableRecord,
  type Window,
} from "./records.ts";
import { halves } from "./windows.ts";

/** Records of one part that can be sent in one go. */
export interface Slice {
  readonly part: string;
  /** What this slice was read from: ledger entries are filed under its end. */
  readonly window: Window;
  /** Everything of the part before this is now read; absent when more of the same window follows. */
  readonly closedTo?: Instant;
  /** In time order; records of equal time in the order of the API. */
  readonly records: readonly FeedRecord[];
  readonly unreadable: readonly UnreadableRecord[];
  readonly filtered: number;
  readonly hidden: number;
  readonly pages: number;
  readonly bytes: number;
  readonly hint?: string;
  /** The API's clock when the oldest answer of this slice was given. */
  readonly answeredAt?: Instant;
  /** The largest difference seen between the host's clock and the API's. */
  readonly skewMs?: number;
}

export interface SliceRequest {
  readonly feed: string;
  readonly part: string;
  readonly window: Window;
  readonly hint?: string;
  /** Of response bodies; above it the window is split. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Yields the slices of a window in time order. A window that reaches the view's limit, or holds more than `maxBytes`,
 * is split in half and read again; a source that answers in ascending time is cut where it stands instead. One
 * millisecond cannot be split: too many bytes in it are passed on piece by piece (nothing in it can be out of order); a
 * saturated one is asked for in narrower parts, and throws `WINDOW_SATURATED` where there are none. What a counting view
 * counts and reading did not find throws `WINDOW_INCOMPLETE`.
 */
export async function* readSlices(source: FeedSource, request: SliceRequest): AsyncGenerator<Slice, void, undefined> {
  if (source.readSlices !== undefined) yield* source.readSlices(request);
  else if (source.ascending) yield* cutAscending(source, request);
  else yield* splitUnordered(source, request);
}

async function* splitUnordered(source: FeedSource, request: SliceRequest): AsyncGenerator<Slice, void, undefined> {
  const open: Window[] = [request.window];
  for (let window = open.pop(); window !== undefined; window = open.pop()) {
    const smaller = halves(window);
    const verdict = yield* readUnordered(source, { ...request, window }, smaller !== undefined);
    if (verdict === "complete") continue;
    if (smaller === undefined) yield* readFiner(source, { ...request, window }, verdict);
    else open.push(smaller[1], smaller[0]);
  }
}

type Verdict = "complete" | TooFull;

interface TooFull {
  readonly limit: number;
  /** Of the records that were seen all the same, by `nameOf`. */
  readonly shown: ReadonlySet<string>;
}

/** Reads one window as it is. Yields nothing of it when it is not complete and can be split. */
async function* readUnordered(
  source: FeedSource,
  request: SliceRequest,
  splittable: boolean,
): AsyncGenerator<Slice, Verdict, undefined> {
  let held = startSlice(request.part, request.window);
  let doubtful = false;
  let read = 0;
  const shown = new Set<string>();
  for await (const page of source.readPages({ ...pageRequest(request), window: request.window })) {
    // What an instant shows must all come again in its narrower parts; a window that is split is simply read again.
    if (!splittable && source.finerParts !== undefined)
      for (const one of [...page.records, ...page.unreadable]) shown.add(nameOf(one));
    if (page.saturated !== undefined) return { ...page.saturated, shown };
    if (held.pages > 0 && held.bytes + page.bytes > request.maxBytes) {
      if (splittable) return { limit: request.maxBytes, shown };
      yield finishSlice(held);
      held = startSlice(request.part, request.window);
    }
    addPage(held, page);
    read += page.records.length + page.unreadable.length + page.filtered;
    doubtful ||= page.doubtful === true;
  }
  if (doubtful && !(await halvesAgree(source, request, held))) return { limit: held.records.length, shown };
  await checkCount(source, request, read);
  yield { ...finishSlice(held), closedTo: request.window.to };
  return "complete";
}

/**
 * For a view that groups: what its two halves hold together must be in the whole. A limit that struck cuts the oldest
 * records off the whole, and fewer or none off a half, as long as the other half has some. Of one instant it cuts any:
 * that shows in the narrower parts, where the feed has some.
 */
async function halvesAgree(source: FeedSource, request: SliceRequest, held: HeldSlice): Promise<boolean> {
  const { part, window } = request;
  const whole = new Set(held.records.map((record) => record.eventId));
  const isInWhole = async (pieces: readonly Pick<SliceRequest, "part" | "window">[]): Promise<boolean> => {
    for (const piece of pieces) {
      for await (const page of source.readPages({ ...pageRequest(request), ...piece })) {
        if (page.records.some((record) => !whole.has(record.eventId))) return false;
      }
    }
    return true;
  };
  const two = cutAmong(held.records, window) ?? [];
  if (!(await isInWhole(two.map((half) => ({ part, window: half }))))) return false;
  if (new Set(held.records.map(({ time }) => time)).size !== 1) return true;
  const finer = (await source.finerParts?.(part, request.signal)) ?? [];
  return isInWhole(finer.map((narrower) => ({ part: narrower, window })));
}

/**
 * The window in two, each with some of the records: cut in the middle, or in the middle of that half, quarter and so on
 * that holds them all, since views group by round times. Records of one instant cannot be parted: then all before it.
 */
function cutAmong(records: readonly FeedRecord[], window: Window): readonly [Window, Window] | undefined {
  let two = halves(window);
  if (two === undefined || records.length === 0) return two;
  const oldest = records.reduce((least, { time }) => Math.min(least, time), window.to);
  const newest = records.reduce((most, { time }) => Math.max(most, time), window.from);
  while (two !== undefined && (newest < two[0].to || oldest >= two[0].to)) {
    two = halves(newest < two[0].to ? two[0] : two[1]);
  }
  const cut = two?.[0].to ?? Math.max(oldest, window.from + 1);
  return [
    { from: window.from, to: cut },
    { from: cut, to: window.to },
  ];
}

/** The half of an event id that names the record, whatever was written into it since (`microshare/event-id.ts`). */
function nameOf({ eventId }: FeedRecord | UnreadableRecord): string {
  return eventId.slice(0, 16);
}

/** Fewer records read than the counting view counts: the reading missed some, and nothing tells which. */
async function checkCount(source: FeedSource, request: SliceRequest, read: number): Promise<void> {
  const counted = await source.countRecords?.({ ...pageRequest(request), window: request.window });
  if (counted !== undefined && read < counted) throw miscounted(request, counted, read);
}

/**
 * One instant that is too full is asked for in narrower parts, where the feed has any. Together they must hold what the
 * whole showed: a list of places that misses one would lose its records in silence.
 */
async function* readFiner(source: FeedSource, request: SliceRequest, { limit, shown }: TooFull): AsyncGenerator<Slice> {
  const finer = await source.finerParts?.(request.part, request.signal);
  if (finer === undefined || finer.length < 2) throw saturated(request, limit);
  const missing = new Set(shown);
  for (const part of finer) {
    for await (const slice of splitUnordered(source, { ...request, part })) {
      for (const one of [...slice.records, ...slice.unreadable]) missing.delete(nameOf(one));
      yield stillOpen({ ...slice, part: request.part });
    }
  }
  if (missing.size > 0) throw notWhole(request, finer, missing.size);
  yield { ...startSlice(request.part, request.window), closedTo: request.window.to };
}

async function* cutAscending(source: FeedSource, request: SliceRequest): AsyncGenerator<Slice, void, undefined> {
  let held = startSlice(request.part, request.window);
  try {
    for await (const page of source.readPages({ ...pageRequest(request), window: request.window })) {
      if (held.pages > 0 && held.bytes + page.bytes > request.maxBytes) {
        const cut = page.records[0]?.time ?? held.window.from;
        yield closedAt(held, cut);
        held = startSlice(request.part, { from: Math.max(cut, held.window.from), to: request.window.to });
      }
      addPage(held, page);
    }
  } catch (error) {
    // Reading may stop for want of time or an answer: what came before it is in order and complete, and need not be
    // read again. Where the answers themselves cannot be trusted, nothing of them counts.
    if (error instanceof BridgeError && INTERRUPTED.has(error.code)) {
      const last = held.records.at(-1);
      if (last !== undefined) yield closedAt(held, last.time);
    }
    throw error;
  }
  yield { ...finishSlice(held), closedTo: request.window.to };
}

const INTERRUPTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "OUT_OF_TIME",
  "API_THROTTLED",
  "API_TIMEOUT",
  "API_UNAVAILABLE",
  "API_UNREACHABLE",
]);

/** Everything before `cut` is read; records of that very instant may follow. */
function closedAt(held: HeldSlice, cut: Instant): Slice {
  const slice = finishSlice(held);
  return cut > held.window.from ? { ...slice, window: { from: held.window.from, to: cut }, closedTo: cut } : slice;
}

type HeldSlice = {
  -readonly [Name in keyof Slice]: Slice[Name];
} & { records: FeedRecord[]; unreadable: UnreadableRecord[] };

function startSlice(part: string, window: Window): HeldSlice {
  return { part, window, records: [], unreadable: [], filtered: 0, hidden: 0, pages: 0, bytes: 0 };
}

function addPage(held: HeldSlice, page: Page): void {
  for (const record of page.records) held.records.push(record);
  for (const unreadable of page.unreadable) held.unreadable.push(unreadable);
  held.filtered += page.filtered;
  held.hidden += page.hidden;
  held.pages += 1;
  held.bytes += page.bytes;
  if (page.hint !== undefined) held.hint = page.hint;
  if (page.answeredAt !== undefined) held.answeredAt = Math.min(held.answeredAt ?? page.answeredAt, page.answeredAt);
  if (page.skewMs !== undefined && Math.abs(page.skewMs) >= Math.abs(held.skewMs ?? 0)) held.skewMs = page.skewMs;
}

function finishSlice(held: HeldSlice): Slice {
  return { ...held, records: inTimeOrder(held.records) };
}

function pageRequest(request: SliceRequest): { part: string; hint?: string; signal: AbortSignal } {
  const { part, hint, signal } = request;
  return hint === undefined ? { part, signal } : { part, hint, signal };
}

/** A piece of a window that is closed only once all its pieces are read. */
function stillOpen(slice: Slice): Slice {
  const open: { -readonly [Name in keyof Slice]: Slice[Name] } = { ...slice };
  delete open.closedTo;
  return open;
}
