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
 * Throws `PAGING_UNRELIABLE` when the page shows more records than the API's own count leaves for it: then the count says
 * nothing about where the list ends. A count of exactly one page may be all that the API counts, and is not believed.
 */
export function refuseMoreThanCounted({ meta, objects }: Envelope, page: number, pageSize: number, what: string): void {
  const { totalCount, perPage = pageSize } = meta;
  if (totalCount === undefined || totalCount === perPage) return;
  const left = Math.max(0, totalCount - (page - 1) * perPage);
  if (objects.length > left) {
    throw pagingUnreliable(`${what}: it shows ${objects.length} records, and by the API's count it has ${left}`);
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

/** How often what does not fit together is read again before the feed stops. */
export const MAX_REREADS = 2;

/** Does `work` again, at most `MAX_REREADS` times, while it throws `PAGING_UNRELIABLE`. */
export async function withRereads<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let reading = 1; ; reading += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPagingFault(error)) throw error;
      if (reading > MAX_REREADS) throw stillUnreliable(error, reading);
    }
  }
}

export function isPagingFault(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code === "PAGING_UNRELIABLE";
}

export function stillUnreliable({ message }: BridgeError, readings: number): BridgeError {
  return pagingUnreliable(`${message} (read ${readings} times)`);
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
