// Lets a producer work on its next item while the consumer works on this one.

/**
 * Yields what `source` yields, asking for one item more than the consumer has taken: reading the next slice overlaps
 * with sending this one, and never more than one waits. When the consumer stops early, `stop` is aborted so that the
 * source gives up what it is doing, and then ended; an error of the source surfaces where its item would have been.
 */
export async function* readAhead<Item>(
  source: AsyncIterable<Item>,
  stop: AbortController,
): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = ask(iterator);
  try {
    for (;;) {
      const asked = await next;
      if (asked.kind === "failed") throw asked.error;
      if (asked.result.done === true) return;
      next = ask(iterator);
      yield asked.result.value;
    }
  } finally {
    stop.abort();
    await next;
    await iterator.return?.();
  }
}

type Asked<Item> = { kind: "answered"; result: IteratorResult<Item> } | { kind: "failed"; error: unknown };

/** Never rejects: nobody may be listening when the failure happens. */
async function ask<Item>(iterator: AsyncIterator<Item>): Promise<Asked<Item>> {
  try {
    return { kind: "answered", result: await iterator.next() };
  } catch (error) {
    return { kind: "failed", error };
  }
}
