// Finds where to start reading a share list, which knows no time filter: a search over its pages.
import { BridgeError } from "../errors.ts";
import type { Instant } from "../pipeline/records.ts";
import { isSamePage, pagingUnreliable, withRereads } from "./paging.ts";
import { follows, type ReadSharePage, type SharePage } from "./share-page.ts";

export interface Start {
  /** Everything on earlier pages is older than the time searched for. */
  readonly page: number;
  /** Pages read on the way that reading begins with, by number. */
  readonly fetched: ReadonlyMap<number, SharePage>;
}

/**
 * Halving finds one page of a million in 21 probes. More are needed only where rights hide whole pages; what is then
 * still undecided is read from the last page known to be old on.
 */
const MAX_PROBES = 64;

/**
 * The last page that is wholly older than `from` (one page of overlap), or page 1. Starts at `hint` and goes outward in
 * growing steps, or halves the whole list without one. A page that shows nothing says nothing: the search goes on
 * beside it. Throws `PAGING_UNRELIABLE` when pages are not in ascending order, `RIGHTS_FILTERED` when no page that was
 * looked at shows anything and others are left.
 */
export async function findStart(read: ReadSharePage, from: Instant, hint: number | undefined): Promise<Start> {
  const search: Search = {
    hinted: hint !== undefined,
    empty: [],
    low: undefined,
    high: undefined,
    end: undefined,
    step: 1,
  };
  let next: number | undefined = hint ?? 1;
  const probed = new Map<number, SharePage>();
  for (let probes = 1; next !== undefined; probes += 1) {
    const number = next;
    const page = await withRereads(async () => {
      const answer = await read(number);
      learn(search, answer, from);
      return answer;
    });
    probed.set(number, page);
    next = nextProbe(search);
    if (probes < MAX_PROBES || next === undefined) continue;
    refuseNothingShown(page, search);
    break;
  }
  const start = search.low?.number ?? 1;
  const fetched = [...probed.values()].filter(({ number }) => number >= start && number < start + MOST_KEPT);
  return { page: start, fetched: new Map(fetched.map((page) => [page.number, page])) };
}

/** Of the pages seen on the way: a search comes close to where reading begins only with its last steps. */
const MOST_KEPT = 3;

interface Search {
  readonly hinted: boolean;
  /** Numbers of pages that show nothing, ascending. */
  empty: number[];
  /** The last page known to be wholly older. */
  low: SharePage | undefined;
  /** The first page known not to be. */
  high: SharePage | undefined;
  /** One behind the last page; unknown while the API's count may be capped. */
  end: number | undefined;
  /** Of the next step outward from the hint. */
  step: number;
}

function learn(search: Search, page: SharePage, from: Instant): void {
  if (page.lastPage !== undefined) search.end = Math.max(1, page.lastPage) + 1;
  else if (page.envelope.objects.length === 0) search.end = Math.min(search.end ?? page.number, page.number);
  if (search.end !== undefined && page.number >= search.end) return;
  if (page.span === undefined) {
    search.empty = [...search.empty, page.number].toSorted((one, other) => one - other);
    return;
  }
  for (const known of [search.low, search.high]) {
    if (known !== undefined && isSamePage(known.envelope, page.envelope, page.lastPage !== undefined)) {
      throw pagingUnreliable(`${page.what}: it is the same as page ${known.number}, so the API seems to ignore page`);
    }
  }
  const { last } = page.span;
  if (!follows(search.low, page) || !follows(page, search.high)) {
    throw pagingUnreliable(
      `${page.what}: its records are not between those of the pages around it, so the list is not sorted`,
    );
  }
  if (last < from) search.low = page;
  else search.high = page;
}

/** The page to look at next, or undefined when nothing is left between what is known. */
function nextProbe(search: Search): number | undefined {
  const low = search.low?.number ?? 0;
  const high = search.high?.number ?? search.end;
  const empty = search.empty.filter((page) => page > low && (high === undefined || page < high));
  const highest = empty.at(-1) ?? low;
  if (high === undefined) return stepOut(search, highest);
  if (search.hinted) {
    const lowest = empty[0] ?? high;
    if (search.low === undefined && lowest > 1) return Math.max(1, stepOut(search, lowest, -1));
    if (search.high === undefined && highest + search.step < high) return stepOut(search, highest);
  }
  return middleOfWidestGap([low, ...empty, high]);
}

function stepOut(search: Search, from: number, direction: 1 | -1 = 1): number {
  const to = from + direction * search.step;
  search.step *= 2;
  return to;
}

function middleOfWidestGap(pages: readonly number[]): number | undefined {
  let middle: number | undefined;
  let widest = 1;
  for (const [index, page] of pages.entries()) {
    const width = (pages[index + 1] ?? page) - page;
    if (width <= widest) continue;
    widest = width;
    middle = page + Math.floor(width / 2);
  }
  return middle;
}

function refuseNothingShown({ what }: SharePage, { low, high, end }: Search): void {
  if (low !== undefined || high !== undefined) return;
  throw new BridgeError(
    "RIGHTS_FILTERED",
    `${what}: the API counts records on ${end === undefined ? "many" : end - 1} pages and showed none on the ` +
      `${MAX_PROBES} looked at; this account seems to lack the right to read them`,
    {
      fix:
        "Check MICROSHARE_IDENTITY (which tenant the token acts for) and MICROSHARE_REC_TYPE, and ask the data owner for a " +
        "rule that shares these records with read permission, or read them through a view. Nothing was marked as done.",
    },
  );
}
