// One page of a share list: asked for in ascending order of storage, with the span of time it covers.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Instant } from "../pipeline/records.ts";
import type { ApiResponse, MicroshareApi } from "./api.ts";
import { openEnvelope, readEnvelope, type Envelope, type EnvelopeMeta } from "./envelope.ts";
import type { FeedOptions } from "./feed-options.ts";
import { factsOf, type Found, type RecordFacts } from "./found-record.ts";
import { refuseMoreThanCounted, refuseOtherPage } from "./paging.ts";
import { percentEncode } from "./query-string.ts";
import { sharedRecords } from "./shared-records.ts";

export interface SharePage {
  readonly number: number;
  /** Feed and page, for messages. */
  readonly what: string;
  readonly envelope: Envelope;
  /** In the order of the answer. */
  readonly found: readonly Found[];
  /** First and last storage time among the records shown; absent where none is shown: that says nothing about time. */
  readonly span?: { readonly first: Instant; readonly last: Instant };
  /** As far as the API tells. Absent when `totalCount` equals `perPage`: the count may be capped by the page size. */
  readonly lastPage?: number;
  /** The last page is not full, so that nothing can follow it. */
  readonly endIsSure: boolean;
}

export type ReadSharePage = (page: number) => Promise<SharePage>;

export interface SharePageReader {
  readonly read: ReadSharePage;
  /**
   * Asks for the page at once. Its answer is looked into when the function is called, so that what waits is no more than
   * its bytes.
   */
  ask(page: number): () => Promise<SharePage>;
}

export function sharePageReader(api: MicroshareApi, feed: FeedOptions, signal: AbortSignal): SharePageReader {
  const path = `/share/${percentEncode(feed.recType)}`;
  const get = (page: number): Promise<ApiResponse> => {
    const query = [
      ["details", "true"],
      ["page", String(page)],
      ["perPage", String(feed.pageSize)],
      // Storage time, ascending: pages stay as they are while new records arrive at the end.
      ["sort", "tstamp"],
    ] as const;
    return api.get(path, query, { signal, feed: feed.name });
  };
  return {
    read: async (page) => toSharePage(await get(page), page, feed),
    ask(page) {
      const asked = get(page);
      // The consumer may stop before anyone waits for it.
      asked.catch(() => undefined);
      return async () => {
        const response = await asked;
        // Looking into a page takes longer than sending a request: first the one that waited for this answer leaves.
        await nextTurn();
        return toSharePage(response, page, feed);
      };
    },
  };
}

/** An object that turns out to be no JSON is looked at again with the whole answer, which then tells what came instead. */
function toSharePage(response: ApiResponse, page: number, feed: FeedOptions): SharePage {
  const what = `Feed "${feed.name}", page ${page}`;
  try {
    return pageIn(openEnvelope(response, what), page, feed, what);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return pageIn(readEnvelope(response, what), page, feed, what);
  }
}

function pageIn(envelope: Envelope, page: number, feed: FeedOptions, what: string): SharePage {
  refuseOtherPage(envelope.meta, page, what);
  refuseMoreThanCounted(envelope, page, feed.pageSize, what);
  const found = sharedRecords(envelope, feed.recType, what);
  const span = spanOf(found);
  const lastPage = lastPageOf(envelope.meta, feed.pageSize);
  return {
    number: page,
    what,
    envelope,
    found,
    ...(span === undefined ? {} : { span }),
    ...(lastPage === undefined ? {} : { lastPage }),
    endIsSure: lastPage !== undefined && !isFull(envelope.meta, lastPage, feed.pageSize),
  };
}

/** By its count the page is full to the last record: then one page more shows whether that count is the whole. */
function isFull({ totalCount, perPage = 0 }: EnvelopeMeta, page: number, pageSize: number): boolean {
  return totalCount === page * (perPage < 1 ? pageSize : perPage);
}

/** Whether the later page can follow the earlier one; where the list changed between the two, they may overlap. */
export function follows(earlier: SharePage | undefined, later: SharePage | undefined): boolean {
  if (earlier?.span === undefined || later?.span === undefined) return true;
  if (later.span.first >= earlier.span.last) return true;
  const changed = earlier.envelope.meta.totalCount !== later.envelope.meta.totalCount;
  return changed && later.span.first >= earlier.span.first && later.span.last >= earlier.span.last;
}

/** By `tstamp` and, only where no record has one, by `createDate`: the two may differ by a moment. */
function spanOf(found: readonly Found[]): SharePage["span"] {
  const facts = found.flatMap((one) => (one.kind === "record" ? [one.facts ?? factsOf(one)] : []));
  return spanBy(facts, ({ tstamp }) => tstamp) ?? spanBy(facts, ({ clocks }) => clocks.stored);
}

function spanBy(facts: readonly RecordFacts[], clock: (facts: RecordFacts) => Instant | undefined): SharePage["span"] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const one of facts) {
    const time = clock(one);
    if (time === undefined) continue;
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  return first <= last ? { first, last } : undefined;
}

function lastPageOf({ totalCount, totalPages, perPage }: EnvelopeMeta, pageSize: number): number | undefined {
  const size = perPage ?? pageSize;
  if (totalCount !== undefined && totalCount === size) return undefined;
  const counted = totalCount === undefined || size < 1 ? undefined : Math.ceil(totalCount / size);
  return totalPages === undefined ? counted : Math.max(totalPages, counted ?? 0);
}
