// Reads a share list, which has no time filter: finds the first page of the window and reads on from there.
import type { FeedSource, PageRequest } from "../pipeline/ports.ts";
import { createInFlight, type InFlight } from "../pipeline/in-flight.ts";
import { inTimeOrder, type Instant, type Page, type Window } from "../pipeline/records.ts";
import type { MicroshareApi } from "./api.ts";
import { createRecordCount } from "./count-view.ts";
import type { FeedDeps } from "./feed-deps.ts";
import type { FeedOptions } from "./feed-options.ts";
import { toPageRecords } from "./feed-records.ts";
import { factsOf, type Found } from "./found-record.ts";
import { hiddenOn, pageFacts } from "./paging.ts";
import { placeByStorage, storedAt } from "./record-time.ts";
import { readHint, writeHint } from "./share-hint.ts";
import { MAX_PAGES_BACK, pagesInOrder } from "./share-order.ts";
import { createRecentIds, type RecentIds } from "./recent-ids.ts";
import { sharePageReader, type SharePage } from "./share-page.ts";
import { findStart } from "./share-search.ts";
import { createWarnings } from "./warnings.ts";

/** Records by storage time, ascending. Late events need no care here: they are stored, and so listed, when they come. */
export function createShareFeed(
  api: MicroshareApi,
  feed: FeedOptions,
  deps: Pick<FeedDeps, "definitions" | "pagesAhead" | "inFlight">,
): FeedSource {
  const warnings = createWarnings();
  const count = createRecordCount(api, feed, { definitions: deps.definitions, warnings });
  const seen: { page?: SharePage } = {};
  const inFlight = deps.inFlight ?? createInFlight(Infinity);
  return {
    ascending: true,
    parts: () => Promise.resolve([""]),
    readPages: (request) => readWindow(api, feed, request, { pagesAhead: deps.pagesAhead ?? 1, inFlight, seen }),
    ...(count === undefined ? {} : { countRecords: (request: PageRequest) => count(request) }),
    takeWarnings: () => warnings.take(),
  };
}

interface Reading {
  readonly pagesAhead: number;
  readonly inFlight: InFlight;
  /** The page with which the reading before this one ended: progress ends where the lookback after it looks first. */
  readonly seen: { page?: SharePage };
}

async function* readWindow(
  api: MicroshareApi,
  feed: FeedOptions,
  request: PageRequest,
  { pagesAhead, inFlight, seen }: Reading,
): AsyncGenerator<Page, void, undefined> {
  const { window } = request;
  const stop = new AbortController();
  const reader = sharePageReader(api, feed, AbortSignal.any([request.signal, stop.signal]));
  try {
    const before = seen.page;
    delete seen.page;
    let known = before;
    const readOnce = async (number: number): Promise<SharePage> => {
      const page = known?.number === number ? known : undefined;
      known = undefined;
      return page ?? reader.read(number);
    };
    const start = await findStart(readOnce, window.from, readHint(request.hint, feed.pageSize));
    // Pages read again push out as many as they bring back.
    const delivered = createRecentIds(2 * MAX_PAGES_BACK + 1);
    for await (const page of pagesInOrder(reader, start, window, { pages: pagesAhead, inFlight })) {
      seen.page = page;
      yield toPage(page, { feed, window, delivered });
    }
  } finally {
    stop.abort();
  }
}

interface PageContext {
  readonly feed: FeedOptions;
  readonly window: Window;
  readonly delivered: RecentIds;
}

function toPage(page: SharePage, { feed, window, delivered }: PageContext): Page {
  const { envelope, span, number, what } = page;
  const { records, unreadable, filtered } = toPageRecords(nearWindow(page.found, window), {
    what,
    place: (clocks) => placeByStorage(clocks, window),
    ...(feed.ownerFilter === undefined ? {} : { ownerFilter: feed.ownerFilter }),
    dataContext: feed.dataContext,
  });
  const isAfter = span !== undefined && span.first >= window.to;
  const isApart = isAfter || (span !== undefined && span.last < window.from);
  return {
    records: inTimeOrder(delivered.fresh(records)),
    unreadable,
    filtered,
    ...pageFacts(envelope.response),
    hidden: isApart ? 0 : hiddenOn(envelope.meta, number, envelope.objects.length),
    hint: writeHint(isAfter ? Math.max(1, number - 1) : number, envelope.meta.perPage ?? feed.pageSize),
  };
}

/**
 * Without what cannot be placed in time and stands among records outside of the window: the list is in order, so it
 * belongs to the window of the record before it (at the top of a page: behind it).
 */
function nearWindow(found: readonly Found[], window: Window): readonly Found[] {
  const times = found.map(storageTime);
  if (times.every((time) => time !== undefined)) return found;
  let last = times.find((time) => time !== undefined);
  return found.filter((_, index) => {
    if (times[index] !== undefined) {
      last = times[index];
      return true;
    }
    return last === undefined || (last >= window.from && last < window.to);
  });
}

function storageTime(found: Found): Instant | undefined {
  return found.kind === "rubbish" ? undefined : storedAt((found.facts ?? factsOf(found)).clocks);
}
