// Walks through a share list page by page, and does not trust it to stand still.
import type { InFlight } from "../pipeline/in-flight.ts";
import type { Window } from "../pipeline/records.ts";
import { isSamePage, pagingUnreliable, withRereads } from "./paging.ts";
import { follows, type ReadSharePage, type SharePage, type SharePageReader } from "./share-page.ts";
import type { Start } from "./share-search.ts";

export interface Ahead {
  /** Under way at most while the consumer works on one. */
  readonly pages: number;
  /** As many of them as there is room for; each is taken to be as large as the page before. */
  readonly inFlight: InFlight;
}

/**
 * Pages, up to the first that lies behind the window, or the last. While the consumer works on one, more are under way. Pages that records may have moved onto since they were read come again. Throws `PAGING_UNRELIABLE` when a
 * page does not follow the one before.
 */
export async function* pagesInOrder(
  reader: SharePageReader,
  start: Start,
  window: Window,
  ahead: Ahead,
): AsyncGenerator<SharePage, void, undefined> {
  const { read } = reader;
  let before: SharePage | undefined;
  const asked = new Map<number, () => Promise<SharePage>>();
  // A list that is newest first would seem to begin behind the window: only a second page shows that it does not ascend.
  let ascends = false;
  const held = ahead.inFlight.open();
  try {
    for (let number = start.page; ; number += 1) {
      const page = await nextPage(read, number, before, start.fetched.get(number) ?? asked.get(number));
      asked.delete(number);
      // Whoever takes the page counts its bytes.
      held.letGo(number);
      if (before !== undefined) yield* movedAway(read, before, page);
      if (isEnd(page) || (ascends && isBehind(page, window))) {
        yield page;
        return;
      }
      // A reading that turns out to be short has asked for few pages in vain.
      const most = Math.min(ahead.pages, number - start.page + 1, pagesLeft(page, window));
      const { length: bytes } = page.envelope.response.body;
      for (let next = number + 1; next <= number + Math.max(1, most); next += 1) {
        if (asked.has(next) || start.fetched.has(next)) continue;
        if (!ahead.inFlight.hasRoom(bytes)) break;
        held.hold(next, bytes);
        asked.set(next, reader.ask(next));
      }
      yield page;
      before = page;
      ascends ||= page.span !== undefined;
    }
  } finally {
    held.close();
  }
}

/** As far as can be told: up to the end of the list, and by the time that this page covers. */
function pagesLeft({ number, lastPage, endIsSure, span }: SharePage, window: Window): number {
  if (lastPage === undefined || span === undefined) return 1;
  const inList = lastPage + (endIsSure ? 0 : 1) - number;
  const inWindow = Math.ceil((window.to - span.last) / Math.max(1, span.last - span.first));
  return Math.min(inList, inWindow);
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
  waiting: SharePage | (() => Promise<SharePage>) | undefined,
): Promise<SharePage> {
  let ready = waiting;
  return withRereads(async () => {
    const first = ready;
    ready = undefined;
    const page = await (typeof first === "function" ? first() : (first ?? read(number)));
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
