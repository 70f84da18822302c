// Walks through a share list page by page, and does not trust it to stand still.
import type { Window } from "../pipeline/records.ts";
import { isSamePage, pagingUnreliable, withRereads } from "./paging.ts";
import { follows, type ReadSharePage, type SharePage } from "./share-page.ts";
import type { Start } from "./share-search.ts";

/**
 * Pages, one ahead of the consumer, up to the first that lies behind the window, or the last. Pages that records may
 * have moved onto since they were read come again. Throws `PAGING_UNRELIABLE` when a page does not follow the one before.
 */
export async function* pagesInOrder(
  read: ReadSharePage,
  start: Start,
  window: Window,
): AsyncGenerator<SharePage, void, undefined> {
  let before: SharePage | undefined;
  let ahead: Promise<SharePage> | undefined;
  // A list that is newest first would seem to begin behind the window: only a second page shows that it does not ascend.
  let ascends = false;
  for (let number = start.page; ; number += 1) {
    const waiting = start.fetched.get(number) ?? ahead;
    const page = await nextPage(read, number, before, waiting);
    if (before !== undefined) yield* movedAway(read, before, page);
    if (isEnd(page) || (ascends && isBehind(page, window))) {
      yield page;
      return;
    }
    ahead = start.fetched.has(number + 1) ? undefined : read(number + 1);
    // The consumer may stop before anyone waits for it.
    ahead?.catch(() => undefined);
    yield page;
    before = page;
    ascends ||= page.span !== undefined;
  }
}

function isBehind({ span }: SharePage, window: Window): boolean {
  return span !== undefined && span.first >= window.to;
}

function isEnd({ number, lastPage, endIsSure, envelope }: SharePage): boolean {
  if (lastPage === undefined) return envelope.objects.length === 0;
  return endIsSure ? number >= lastPage : number > lastPage;
}

/** Further back than this a shift is not followed: the reader remembers what it delivered from as many pages. */
export const MAX_PAGES_BACK = 8;

/**
 * Deleted records let later ones move up, onto pages already read. Where the count has shrunk since the page before,
 * as many pages are read again as the records can have moved; what they show is new or known, and the known is dropped.
 * Deletions that were balanced by new records in the same moment do not show: the lookback finds what they hid.
 */
async function* movedAway(
  read: ReadSharePage,
  before: SharePage,
  page: SharePage,
): AsyncGenerator<SharePage, void, undefined> {
  const counted = before.envelope.meta.totalCount;
  const size = page.envelope.meta.perPage;
  let left = page.envelope.meta.totalCount;
  if (counted === undefined || left === undefined || size === undefined || size < 1) return;
  const again: SharePage[] = [];
  while (again.length < Math.min(Math.ceil((counted - left) / size), page.number - 1)) {
    if (again.length === MAX_PAGES_BACK) {
      throw pagingUnreliable(`${page.what}: ${counted - left} records vanished from the list while it was read`);
    }
    const number = page.number - 1 - again.length;
    const one = await withRereads(() => read(number));
    left = Math.min(left, one.envelope.meta.totalCount ?? left);
    again.unshift(one);
  }
  yield* again;
}

/** The page, read again when it does not follow the one before. `waiting` is its first reading, where there is one. */
async function nextPage(
  read: ReadSharePage,
  number: number,
  before: SharePage | undefined,
  waiting: SharePage | Promise<SharePage> | undefined,
): Promise<SharePage> {
  let ready = waiting;
  return withRereads(async () => {
    const first = ready;
    ready = undefined;
    const page = await (first ?? read(number));
    if (before !== undefined) refuseDisorder(before, page);
    return page;
  });
}

/** Throws `PAGING_UNRELIABLE` when this page does not follow the one before. */
function refuseDisorder(before: SharePage, page: SharePage): void {
  if (isSamePage(before.envelope, page.envelope, page.lastPage !== undefined)) {
    throw pagingUnreliable(`${page.what}: it is the same as the page before, so the API seems to ignore page`);
  }
  if (follows(before, page)) return;
  throw pagingUnreliable(
    `${page.what}: it begins with records older than the last of the page before, so the API seems to ignore sort`,
  );
}
