// The backfills of routes in memory, for tests and the simulation.
import { EMPTY_BOOK, type BackfillBook, type BackfillStore } from "../pipeline/backfill-ports.ts";

export function memoryBackfills(): BackfillStore {
  const books = new Map<string, { readonly book: BackfillBook; readonly mark: string }>();
  let writes = 0;
  return {
    async loadBook(route) {
      return structuredClone(books.get(route) ?? { book: EMPTY_BOOK });
    },
    async saveBook(route, book, seen) {
      if (books.get(route)?.mark !== seen.mark) return false;
      writes += 1;
      books.set(route, { book: structuredClone(book), mark: `mark ${writes}` });
      return true;
    },
  };
}
