// What the counts of an answer say about paging, and the error for paging that cannot be trusted.
import { BridgeError } from "../errors.ts";
import type { Page } from "../pipeline/records.ts";
import type { ApiResponse } from "./api.ts";
import type { Envelope, EnvelopeMeta } from "./envelope.ts";
import { bytesOf } from "./json-slices.ts";

/** The parts of a page that come with every answer. */
export function pageFacts(response: ApiResponse): Pick<Page, "bytes" | "answeredAt" | "skewMs"> {
  const { body, answeredAt, receivedAt } = response;
  const bytes = body.length;
  return answeredAt === undefined ? { bytes } : { bytes, answeredAt, skewMs: receivedAt - answeredAt };
}

/** Records of this page that were counted and not shown: the API cuts the page first and filters by rights afterwards. */
export function hiddenOn({ totalCount, perPage }: EnvelopeMeta, page: number, shown: number): number {
  if (totalCount === undefined || perPage === undefined) return 0;
  return Math.max(0, Math.min(perPage, totalCount - (page - 1) * perPage) - shown);
}

/** Throws `PAGING_UNRELIABLE` when the answer says that it is another page than the one asked for. */
export function refuseOtherPage({ currentPage }: EnvelopeMeta, page: number, what: string): void {
  if (currentPage !== undefined && currentPage !== page) {
    throw pagingUnreliable(`${what}: the API answered with page ${currentPage}`);
  }
}

/**
 * The same objects in the same bytes. One object alone may well stand on two pages, when records shift in between; where
 * the number of pages is not known, though, a repeated page is the only sign that the API ignores `page`.
 */
export function isSamePage(one: Envelope, other: Envelope, knowsLastPage: boolean): boolean {
  if (one.objects.length < (knowsLastPage ? 2 : 1) || one.objects.length !== other.objects.length) return false;
  return Buffer.compare(objectBytes(one), objectBytes(other)) === 0;
}

export function pagingUnreliable(message: string): BridgeError {
  return new BridgeError("PAGING_UNRELIABLE", message, {
    fix:
      "The next run reads these pages again; nothing was marked as done. If it goes on, the API ignores page or sort for " +
      "this feed: report it to Microshare support, and read the data through a view with a window small enough for one page.",
  });
}

function objectBytes({ response, objectsSlice }: Envelope): Uint8Array {
  return bytesOf(response.body, objectsSlice);
}
