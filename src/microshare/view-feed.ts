// Reads a view: one query per window (and location), all its pages, and a check whether the view's limit struck.
import { BridgeError } from "../errors.ts";
import type { FeedSource, PageRequest } from "../pipeline/ports.ts";
import type { Page, Window } from "../pipeline/records.ts";
import type { MicroshareApi } from "./api.ts";
import { readEnvelope, type Envelope } from "./envelope.ts";
import type { FeedOptions } from "./feed-options.ts";
import { toPageRecords } from "./feed-records.ts";
import { hiddenOn, isSamePage, pageFacts, pagingUnreliable, refuseOtherPage } from "./paging.ts";
import { placeInView } from "./record-time.ts";
import { viewPath, viewQuery } from "./view-query.ts";
import { viewRecords, type ViewRecords } from "./view-records.ts";

export interface ViewDeps {
  /**
   * How far to widen the bounds of one reading, in milliseconds, at least 1: the platform caches views by the text of
   * the query, so it should differ from run to run; and bounds may be exclusive, so it is never 0.
   */
  jitterMs(): number;
}

/** A view answers in any order, and never more than its limit at once. */
export function createViewFeed(api: MicroshareApi, feed: FeedOptions, deps: ViewDeps): FeedSource {
  const outerIds = new Set([feed.viewId ?? ""]);
  return {
    ascending: false,
    parts: () => Promise.resolve([""]),
    readPages: (request) => readWindow(api, feed, { request, outerIds, asked: widened(request.window, deps) }),
  };
}

/** What the platform applies where the view's author gave no `$limit`. */
const PLATFORM_LIMIT = 999;

interface Reading {
  readonly request: PageRequest;
  readonly asked: Window;
  /** Outer ids known to name no record, for all that is read through this source. */
  readonly outerIds: Set<string>;
}

async function* readWindow(
  api: MicroshareApi,
  feed: FeedOptions,
  reading: Reading,
): AsyncGenerator<Page, void, undefined> {
  const { request, asked, outerIds } = reading;
  const { part, signal } = request;
  const limit = feed.viewLimit ?? PLATFORM_LIMIT;
  let counted = 0;
  let totalCount = 0;
  let before: Envelope | undefined;
  for (let page = 1; ; page += 1) {
    const what = `Feed "${feed.name}"${part === "" ? "" : ` at ${part}`}, page ${page}`;
    const query = viewQuery(feed, { asked, page, location: part });
    const envelope = readEnvelope(await api.get(viewPath(feed), query, { signal, feed: feed.name }), what);
    refuseOtherPage(envelope.meta, page, what);
    const { totalPages } = envelope.meta;
    if (before !== undefined && isSamePage(before, envelope, totalPages !== undefined)) {
      throw pagingUnreliable(`${what}: it is the same as the page before, so the view seems to ignore page`);
    }
    const seen = viewRecords(envelope, { what, viewId: feed.viewId ?? "", recType: feed.recType, outerIds });
    counted += seen.counted;
    totalCount = Math.max(totalCount, envelope.meta.totalCount ?? 0);
    const isLast = totalPages === undefined ? envelope.objects.length < feed.pageSize : page >= totalPages;
    if (isLast && counted === 0 && totalCount > 0) throw nothingShown(what, totalCount);
    const result = toPage(envelope, { feed, reading, seen, what, page });
    yield isLast && counted >= limit ? { ...result, saturated: { limit } } : result;
    if (isLast) return;
    before = envelope;
  }
}

interface PageContext {
  readonly feed: FeedOptions;
  readonly reading: Reading;
  readonly seen: ViewRecords;
  readonly what: string;
  readonly page: number;
}

function toPage(envelope: Envelope, { feed, reading, seen, what, page }: PageContext): Page {
  const { window } = reading.request;
  return {
    ...toPageRecords(seen.found, {
      what,
      place: (clocks) => placeInView(clocks, feed.timeField, window, reading.asked),
      ...(feed.ownerFilter === undefined ? {} : { ownerFilter: feed.ownerFilter }),
      // The view itself filters by it.
      dataContext: [],
    }),
    ...pageFacts(envelope.response),
    hidden: seen.grouped ? 0 : hiddenOn(envelope.meta, page, envelope.objects.length),
  };
}

function widened({ from, to }: Window, deps: ViewDeps): Window {
  const by = Math.max(1, Math.floor(deps.jitterMs()));
  return { from: from - by, to: to + by };
}

function nothingShown(what: string, totalCount: number): BridgeError {
  return new BridgeError(
    "RIGHTS_FILTERED",
    `${what}: the view counts ${totalCount} records and shows none; this account seems to lack the right to read them`,
    {
      fix:
        "Check MICROSHARE_IDENTITY (which tenant the token acts for), and ask the data owner for a rule that shares these " +
        "records and the view with Read, Query and Execute. Nothing was marked as done.",
    },
  );
}
