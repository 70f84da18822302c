// What every store of backfills keeps: a book as it was given, and of two who change it at once only the first.
import { expect, it } from "vitest";
import { EMPTY_BOOK, type BackfillBook, type BackfillStore } from "../../src/pipeline/backfill-ports.ts";
import { fc } from "../fast-check.ts";
import { hour, noon } from "./checkpoint-samples.ts";

const anyInstant = fc.integer({ min: 0, max: Date.UTC(9999, 0) });
const anySpan = fc.record({ from: anyInstant, to: anyInstant });

const anyBook: fc.Arbitrary<BackfillBook> = fc.record({
  open: fc.array(
    fc
      .tuple(anySpan, fc.record({ again: fc.boolean(), by: fc.string(), since: anyInstant }))
      .map(([span, rest]) => ({ ...span, ...rest })),
    { maxLength: 3 },
  ),
  // As records come out of JSON: a part of this name would become a prototype.
  delivered: fc.dictionary(
    fc.string().filter((part) => part !== "__proto__"),
    fc.array(anySpan, { maxLength: 4 }),
    { maxKeys: 4, noNullPrototype: true },
  ),
});

export function describeBackfillStore(open: () => Promise<BackfillStore>, newRoute: () => string): void {
  it("has an empty book for a route without backfills", async () => {
    expect(await (await open()).loadBook(newRoute())).toEqual({ book: EMPTY_BOOK });
  });

  it("gives every book back as it was saved", async () => {
    const store = await open();
    await fc.assert(
      fc.asyncProperty(anyBook, async (book) => {
        const route = newRoute();
        expect(await store.saveBook(route, book, await store.loadBook(route))).toBe(true);
        const seen = await store.loadBook(route);
        expect(seen.book).toEqual(book);
        expect(seen.mark).toMatch(/./);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps the book of each route, and one of many spans", async () => {
    const store = await open();
    const [one, other] = [newRoute(), newRoute()];
    const spans = Array.from({ length: 1000 }, (_, index) => ({
      from: noon + index * hour,
      to: noon + index * hour + 1,
    }));
    await store.saveBook(one, { open: [], delivered: { "": spans } }, await store.loadBook(one));
    expect((await store.loadBook(one)).book.delivered).toEqual({ "": spans });
    expect(await store.loadBook(other)).toEqual({ book: EMPTY_BOOK });
  });

  it("takes only the first of two changes to the same book", async () => {
    const store = await open();
    const route = newRoute();
    const entry = { from: noon, to: noon + hour, again: false, by: "anna", since: noon };
    const unseen = await store.loadBook(route);
    expect(await store.saveBook(route, { ...EMPTY_BOOK, open: [entry] }, unseen)).toBe(true);
    expect(await store.saveBook(route, EMPTY_BOOK, unseen)).toBe(false);
    const seen = await store.loadBook(route);
    expect(await store.saveBook(route, { open: [], delivered: { "": [entry] } }, seen)).toBe(true);
    expect(await store.saveBook(route, EMPTY_BOOK, seen)).toBe(false);
    expect((await store.loadBook(route)).book.open).toEqual([]);
  });
}
