// Reads a view or a dashboard: one query per window and part, all its pages, and a check whether the view's limit struck.
import { BridgeError } from "../errors.ts";
import type { FeedSource, PageRequest } from "../pipeline/ports.ts";
import type { FeedRecord, Page, UnreadableRecord, Window } from "../pipeline/records.ts";
import type { ApiResponse, MicroshareApi } from "./api.ts";
import { createRecordCount } from "./count-view.ts";
import { readEnvelope } from "./envelope.ts";
import type { FeedDeps } from "./feed-deps.ts";
import type { FeedOptions } from "./feed-options.ts";
import { toPageRecords } from "./feed-records.ts";
import { hiddenOn, pageFacts } from "./paging.ts";
import { placeInView, placeInViewByToldClock } from "./record-time.ts";
import { createViewDivision } from "./view-division.ts";
import { noLimitSigns } from "./view-limit.ts";
import { viewPages, type PagingMemory, type ReadViewPage, type ViewPage } from "./view-pages.ts";
import { readPart } from "./view-parts.ts";
import { planView, type ViewPlan } from "./view-plan.ts";
import { viewPath, viewQuery } from "./view-query.ts";
import { viewRecords } from "./view-records.ts";
import { createAhead, type Ahead } from "./view-ahead.ts";
import { createWarnings } from "./warnings.ts";

/** A view answers in any order, and never more than its limit at once. */
export function createViewFeed(api: MicroshareApi, feed: FeedOptions, deps: FeedDeps): FeedSource {
  const warnings = createWarnings();
  const division = createViewDivision(api, feed, warnings);
  const outerIds = new Set([feed.viewId ?? ""]);
  const memory: PagingMemory = { hidesRecords: false };
  let planned: ViewPlan | undefined;
  let jitterMs: number | undefined;
  /** One for the run, so that what is asked ahead is what is asked for. */
  const asking = (request: PageRequest): Asking => ({ request, ahead, jitterMs: (jitterMs ??= deps.jitterMs()) });
  const ahead = createAhead({ pages: deps.pagesAhead ?? 0, bytes: deps.bytesAhead ?? MOST_BYTES_AHEAD });
  const plan = async (signal: AbortSignal): Promise<ViewPlan> =>
    (planned ??= await planView(feed, deps.definitions, warnings, signal));
  const count = createRecordCount(api, feed, { definitions: deps.definitions, warnings });
  return {
    ascending: false,
    parts: async (signal, known) => division.parts(await plan(signal), known, signal),
    finerParts: async (part, signal) => division.finerParts(await plan(signal), part, signal),
    async *readPages(request) {
      const reading = { ...asking(request), plan: await plan(request.signal), outerIds, memory };
      try {
        yield* readWindow(api, feed, reading);
      } finally {
        const own = groupOf(request);
        ahead.drop((group) => group === own);
      }
      if (memory.hidesRecords) warnings.add(recordsHidden(feed));
    },
    expect(requests) {
      const groups = new Set(requests.map(groupOf));
      ahead.drop((group) => !groups.has(group));
      for (const request of requests) askPage(api, feed, asking(request), 1, 1);
    },
    ...(count === undefined
      ? {}
      : { countRecords: async (request: PageRequest) => count(request, await plan(request.signal)) }),
    takeWarnings: () => warnings.take(),
  };
}

/** Of answers that wait for their turn, one page excepted. */
const MOST_BYTES_AHEAD = 8 * 1024 * 1024;

interface Asking {
  readonly request: PageRequest;
  readonly jitterMs: number;
  readonly ahead: Ahead;
}

interface Reading extends Asking {
  readonly plan: ViewPlan;
  /** Outer ids known to name no record, for all that is read through this source. */
  readonly outerIds: Set<string>;
  readonly memory: PagingMemory;
}

async function* readWindow(
  api: MicroshareApi,
  feed: FeedOptions,
  reading: Reading,
): AsyncGenerator<Page, void, undefined> {
  const { plan, request } = reading;
  const delivered: Delivered = { ids: new Set(), pages: 0 };
  let signs = noLimitSigns(plan, request.window);
  let current = 1;
  // Beyond the limit nothing is read.
  const mostPages = Math.ceil(plan.limit / feed.pageSize);
  const expect = (page: number, pass: number): void => {
    if (page <= mostPages) askPage(api, feed, reading, page, pass);
  };
  for await (const page of viewPages(pageReader(api, feed, reading), feed.pageSize, reading.memory, expect)) {
    if (page.reading !== current) signs = noLimitSigns(plan, request.window);
    current = page.reading;
    const result = toPage(page, feed, reading, delivered);
    const limited = signs.add(page, result.records);
    if (limited !== undefined || page.isLast) {
      yield { ...result, ...(limited ?? signs.inTheEnd()) };
      return;
    }
    yield result;
  }
}

function pageReader(api: MicroshareApi, feed: FeedOptions, reading: Reading): ReadViewPage {
  const { request, ahead } = reading;
  const { part, signal } = request;
  return async (page, pass) => {
    const what = `Feed "${feed.name}"${part === "" ? "" : ` at ${part}`}, page ${page}`;
    const send = (): Promise<ApiResponse> => getPage(api, feed, reading, { page, pass, signal });
    const envelope = readEnvelope(await ahead.take(groupOf(request), pageId(page, pass), send), what);
    const { outerIds } = reading;
    return {
      what,
      envelope,
      seen: viewRecords(envelope, { what, viewId: feed.viewId ?? "", recType: feed.recType, outerIds }),
    };
  };
}

/** What belongs to one window of one part. */
function groupOf({ part, window }: Pick<PageRequest, "part" | "window">): string {
  return JSON.stringify([part, window.from, window.to]);
}

function pageId(page: number, pass: number): string {
  return `${page} of reading ${pass}`;
}

function askPage(api: MicroshareApi, feed: FeedOptions, asking: Asking, page: number, pass: number): void {
  const { request, ahead } = asking;
  ahead.ask(groupOf(request), pageId(page, pass), (stop) =>
    getPage(api, feed, asking, { page, pass, signal: AbortSignal.any([request.signal, stop]) }),
  );
}

/** A part that cannot be asked for rejects, and throws nothing at once: asked ahead, it would stop the part before it. */
async function getPage(
  api: MicroshareApi,
  feed: FeedOptions,
  asking: Pick<Asking, "request" | "jitterMs">,
  { page, pass, signal }: { readonly page: number; readonly pass: number; readonly signal: AbortSignal },
): Promise<ApiResponse> {
  const query = viewQuery(feed, { asked: askedFor(asking, pass), page, part: readPart(asking.request.part) });
  return api.get(viewPath(feed), query, { signal, feed: feed.name });
}

/** Never wider than the window itself: the margins of a short one would fill the view's limit with other records. */
function askedFor({ request, jitterMs }: Pick<Asking, "request" | "jitterMs">, pass: number): Window {
  const { from, to } = request.window;
  const by = Math.max(1, Math.min(Math.floor(jitterMs), to - from)) + pass - 1;
  return { from: from - by, to: to + by };
}

/** What was handed out of a window so far. */
interface Delivered {
  readonly ids: Set<string>;
  /** Number of the furthest page. */
  pages: number;
}

/** Without what an earlier page brought already: after a second reading, that is nearly everything. */
function toPage(page: ViewPage, feed: FeedOptions, reading: Reading, delivered: Delivered): Page {
  const { envelope, seen, what, number, reading: pass } = page;
  const { window } = reading.request;
  const asked = askedFor(reading, pass);
  const { clock } = reading.plan;
  const { records, unreadable, filtered } = toPageRecords(seen.found, {
    what,
    place: (clocks) =>
      feed.timeField === "auto" && clock !== undefined
        ? placeInViewByToldClock(clocks, clock, window, asked)
        : placeInView(clocks, feed.timeField, window, asked),
    ...(feed.ownerFilter === undefined ? {} : { ownerFilter: feed.ownerFilter }),
    // The view itself filters by it.
    dataContext: [],
  });
  const isNew = ({ eventId }: FeedRecord | UnreadableRecord): boolean => !delivered.ids.has(eventId);
  const fresh = { records: records.filter(isNew), unreadable: unreadable.filter(isNew) };
  for (const { eventId } of [...records, ...unreadable]) delivered.ids.add(eventId);
  const isAgain = number <= delivered.pages;
  delivered.pages = Math.max(delivered.pages, number);
  return {
    ...fresh,
    filtered: isAgain ? 0 : filtered,
    ...pageFacts(envelope.response),
    hidden: seen.grouped || isAgain ? 0 : hiddenOn(envelope.meta, number, envelope.objects.length),
  };
}

function recordsHidden(feed: FeedOptions): BridgeError {
  return new BridgeError(
    "RIGHTS_FILTERED",
    `Feed "${feed.name}": view ${feed.viewId} counts records that it does not show, the same number however often it is asked`,
    {
      fix:
        "Ask the data owner for a rule that shares all records of the view with Read, if this account should have them. " +
        "Those it shows are forwarded.",
    },
  );
}
