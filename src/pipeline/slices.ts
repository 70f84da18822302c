// Reads one window of one part into slices: spans that are complete, in time order and small enough to hold.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { FeedSource } from "./ports.ts";
import type { FeedRecord, Instant, Page, UnreadableRecord, Window } from "./records.ts";
import { describeWindow, halves } from "./windows.ts";

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
 * millisecond cannot be split: too many bytes in it are passed on piece by piece (nothing in it can be out of order),
 * a saturated one throws `WINDOW_SATURATED`.
 */
export async function* readSlices(source: FeedSource, request: SliceRequest): AsyncGenerator<Slice, void, undefined> {
  if (source.ascending) yield* cutAscending(source, request);
  else yield* splitUnordered(source, request);
}

async function* splitUnordered(source: FeedSource, request: SliceRequest): AsyncGenerator<Slice, void, undefined> {
  const open: Window[] = [request.window];
  for (let window = open.pop(); window !== undefined; window = open.pop()) {
    const parts = halves(window);
    const held = startSlice(request.part, window);
    let split = false;
    for await (const page of source.readPages({ ...pageRequest(request), window })) {
      if (page.saturated !== undefined && parts === undefined) throw saturated(request, window, page.saturated.limit);
      split = parts !== undefined && (page.saturated !== undefined || held.bytes + page.bytes > request.maxBytes);
      if (split) break;
      if (parts === undefined && held.pages > 0 && held.bytes + page.bytes > request.maxBytes) {
        yield finishSlice(held);
        Object.assign(held, startSlice(request.part, window));
      }
      addPage(held, page);
    }
    if (split && parts !== undefined) open.push(parts[1], parts[0]);
    else yield { ...finishSlice(held), closedTo: window.to };
  }
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
  const records = held.records.toSorted((one, other) => one.time - other.time);
  return { ...held, records };
}

function pageRequest(request: SliceRequest): { part: string; hint?: string; signal: AbortSignal } {
  const { part, hint, signal } = request;
  return hint === undefined ? { part, signal } : { part, hint, signal };
}

function saturated(request: SliceRequest, window: Window, limit: number): BridgeError {
  const place = request.part === "" ? "" : ` at ${request.part}`;
  return new BridgeError(
    "WINDOW_SATURATED",
    `Feed ${request.feed}: the view reached its limit of ${limit} records${place} in ${describeWindow(window)}, ` +
      "which cannot be split further; older records of it may be missing",
    {
      fix:
        "Ask the owner of the view for a larger $limit (and set MICROSHARE_VIEW_LIMIT to it), or read one location " +
        "or metric per feed. The watermark stays where it is until then.",
    },
  );
}
