// Walks through the pages of a view's answer, and does not trust them to fit together.
import { BridgeError } from "../errors.ts";
import { isRepeated, learnMarks, type PageMarks } from "./page-marks.ts";
import { isPagingFault, MAX_REREADS, pagingUnreliable, stillUnreliable } from "./paging.ts";
import type { Envelope } from "./envelope.ts";
import type { ViewRecords } from "./view-records.ts";

/** One page as it was answered. */
export interface ViewAnswer {
  /** Feed, part and page, for messages. */
  readonly what: string;
  readonly envelope: Envelope;
  readonly seen: ViewRecords;
}

/** `reading` counts from 1: the bounds of another reading differ, so that no cached answer comes again. */
export type ReadViewPage = (page: number, reading: number) => Promise<ViewAnswer>;

/** Told that this page will be read in this reading, unless something shows before that ends it. */
export type ExpectViewPage = (page: number, reading: number) => void;

export interface ViewPage extends ViewAnswer {
  readonly number: number;
  readonly reading: number;
  readonly isLast: boolean;
}

/** What is learned about a feed's view over all its windows. */
export interface PagingMemory {
  /** Some records are counted and never shown, and that is no fault of the paging. */
  hidesRecords: boolean;
}

/**
 * The pages of a window, in order. Where one shows that they do not fit together (another page than asked for, a page or
 * record that comes again, totals that change or contradict what is shown, fewer records than counted), all are read
 * again from the first, at most twice, as a new `reading`: what was handed out before are real records all the same.
 * What does not show is a record that vanishes between two pages while another appears behind them: the lookback finds
 * what that hid, and a counting view tells at once.
 * Throws `PAGING_UNRELIABLE` when the last reading is no better, `RIGHTS_FILTERED` when all is counted and none shown.
 */
export async function* viewPages(
  read: ReadViewPage,
  pageSize: number,
  memory: PagingMemory,
  expect: ExpectViewPage = () => undefined,
): AsyncGenerator<ViewPage, void, undefined> {
  const marks: PageMarks = { onEarlierPages: new Set(), twice: new Set() };
  let missing: number | undefined;
  for (let reading = 1; ; reading += 1) {
    marks.onEarlierPages.clear();
    const pass: Pass = { reading, pageSize, memory, marks, expect, missingBefore: missing };
    try {
      yield* onePass(read, pass);
      return;
    } catch (error) {
      if (!isPagingFault(error)) throw error;
      if (reading > MAX_REREADS) throw stillUnreliable(error, reading);
      ({ missing } = pass);
    }
  }
}

/** Then no more is asked for, whatever the totals claim: each page costs a call. */
const MOST_EMPTY_PAGES = 3;

interface Pass {
  readonly reading: number;
  readonly pageSize: number;
  readonly memory: PagingMemory;
  readonly marks: PageMarks;
  readonly expect: ExpectViewPage;
  readonly missingBefore: number | undefined;
  /** Counted and not shown in this reading. */
  missing?: number | undefined;
}

/** What all pages of a reading showed so far. */
interface Shown {
  objects: number;
  emptyInARow: number;
  grouped: boolean;
  plain: boolean;
}

async function* onePass(read: ReadViewPage, pass: Pass): AsyncGenerator<ViewPage, void, undefined> {
  const { reading, pageSize, marks } = pass;
  const shown: Shown = { objects: 0, emptyInARow: 0, grouped: false, plain: false };
  let first: Envelope | undefined;
  for (let number = 1; ; number += 1) {
    const answer = await read(number, reading);
    const { what, envelope, seen } = answer;
    const wrong = number === 1 ? otherPage(envelope, 1) : notNext(envelope, number, marks);
    if (wrong !== undefined && first !== undefined && isCapped(first, pageSize) && shown.objects >= pageSize) {
      // Only asked for because the count may have been capped by the page size: there is no such page.
      yield { ...answer, seen: NOTHING_SEEN, number, reading, isLast: true };
      return;
    }
    if (wrong !== undefined) throw pagingUnreliable(`${what}: ${wrong}`);
    if (first !== undefined) refuseOtherTotals(first, answer);
    first ??= envelope;
    shown.objects += envelope.objects.length;
    shown.emptyInARow = envelope.objects.length === 0 ? shown.emptyInARow + 1 : 0;
    shown.grouped ||= seen.grouped;
    shown.plain ||= seen.plain;
    const isLast = endsHere(envelope, number, shown, pageSize);
    if (!(isLast && number === 1) && learnMarks(envelope, marks)) {
      throw pagingUnreliable(`${what}: it shows records that an earlier page had, so the list moved while it was read`);
    }
    if (isLast && !shown.grouped) refuseMissing(answer, shown, pass);
    const last = isLast ? 0 : Math.min(lastCounted(envelope, pageSize), number + MOST_EXPECTED);
    for (let next = number + 1; next <= last; next += 1) pass.expect(next, reading);
    yield { ...answer, number, reading, isLast };
    if (isLast) return;
  }
}

/** By the API's own count; 0 where it does not tell, or where the count may be capped. */
function lastCounted(envelope: Envelope, pageSize: number): number {
  const { totalCount, totalPages } = envelope.meta;
  if (totalPages !== undefined) return totalPages;
  return totalCount === undefined || isCapped(envelope, pageSize)
    ? 0
    : Math.ceil(totalCount / sizeOf(envelope, pageSize));
}

/** More than are ever asked ahead; a count may be anything. */
const MOST_EXPECTED = 16;

const NOTHING_SEEN: ViewRecords = { found: [], counted: 0, grouped: false, plain: false };

function otherPage({ meta }: Envelope, number: number): string | undefined {
  const { currentPage } = meta;
  return currentPage === undefined || currentPage === number ? undefined : `the API answered with page ${currentPage}`;
}

function notNext(envelope: Envelope, number: number, marks: PageMarks): string | undefined {
  const { totalPages, totalCount } = envelope.meta;
  const other = otherPage(envelope, number);
  if (other !== undefined) return other;
  // One object alone may well stand on two pages, when records shift in between; where the number of pages is not
  // known, though, it is the only sign that the view ignores page.
  const fewest = totalPages === undefined && totalCount === undefined ? 1 : 2;
  return isRepeated(envelope, marks, fewest)
    ? "it is the same as a page before, so the view seems to ignore page"
    : undefined;
}

function refuseOtherTotals(first: Envelope, { what, envelope }: ViewAnswer): void {
  for (const name of ["totalCount", "totalPages"] as const) {
    if (envelope.meta[name] === first.meta[name]) continue;
    throw pagingUnreliable(
      `${what}: ${name} is ${envelope.meta[name]}, and was ${first.meta[name]} on the first page, so the list changed ` +
        "while it was read",
    );
  }
}

function sizeOf({ meta }: Envelope, pageSize: number): number {
  return meta.perPage === undefined || meta.perPage < 1 ? pageSize : meta.perPage;
}

/** A count of exactly one page may be all that the API counts. */
function isCapped(envelope: Envelope, pageSize: number): boolean {
  return envelope.meta.totalCount === sizeOf(envelope, pageSize);
}

/** Objects that group records are not compared with `totalCount`: nobody has told what that counts for them. */
function endsHere(envelope: Envelope, number: number, shown: Shown, pageSize: number): boolean {
  const { totalPages } = envelope.meta;
  const totalCount = shown.grouped ? undefined : envelope.meta.totalCount;
  const size = sizeOf(envelope, pageSize);
  const count = envelope.objects.length;
  if (shown.emptyInARow === MOST_EMPTY_PAGES) return true;
  if (totalCount === undefined) return totalPages === undefined ? count < size : number >= totalPages;
  if (totalCount === size) return count < size && number >= (totalPages ?? 1);
  const complete = shown.objects >= totalCount;
  return complete ? count === 0 || number >= (totalPages ?? 1) : number >= Math.max(totalPages ?? 1, totalCount / size);
}

function refuseMissing({ what, envelope }: ViewAnswer, shown: Shown, pass: Pass): void {
  const { totalCount, totalPages } = envelope.meta;
  if (totalCount === undefined) return;
  if (shown.objects === 0 && totalCount > 0) throw nothingShown(what, totalCount);
  if (shown.objects > totalCount && !isCapped(envelope, pass.pageSize)) {
    throw pagingUnreliable(`${what}: the view counts ${totalCount} records and shows ${shown.objects}`);
  }
  const missing = totalCount - shown.objects;
  if (missing <= 0) return;
  // Plain records can be taken out by rights after they were counted: then as many are missing whenever they are read,
  // and the totals agree with each other. What a view makes anew has no rights of its own, and can only have got lost.
  const agrees = totalPages === undefined || totalPages === Math.ceil(totalCount / sizeOf(envelope, pass.pageSize));
  if (shown.plain && agrees && (pass.memory.hidesRecords || pass.missingBefore === missing)) {
    pass.memory.hidesRecords = true;
    return;
  }
  pass.missing = missing;
  throw pagingUnreliable(`${what}: it is the last, and only ${shown.objects} of ${totalCount} records were shown`);
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
