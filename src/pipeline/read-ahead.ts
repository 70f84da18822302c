// Lets a producer work on its next item while the consumer works on this one.

/**
 * Yields what `source` yields, asking for one item more than the consumer has taken: reading the next slice overlaps
 * with sending this one, and never more than one waits. It is asked for as soon as `room` resolves, and anyway when the
 * consumer comes back for it; then `room`'s signal aborts. When the consumer stops early, `stop` is aborted so that the
 * source gives up what it is doing, and then ended; an error of the source surfaces where its item would have been.
 */
export async function* readAhead<Item>(
  source: AsyncIterable<Item>,
  stop: AbortController,
  room: (wanted: AbortSignal) => Promise<void>,
): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = ask(iterator);
  try {
    for (;;) {
      const asked = await next;
      if (asked.kind === "failed") throw asked.error;
      if (asked.result.done === true) return;
      const wanted = new AbortController();
      next = room(AbortSignal.any([wanted.signal, stop.signal])).then(() =>
        stop.signal.aborted ? NOT_ASKED : ask(iterator),
      );
      yield asked.result.value;
      wanted.abort();
    }
  } finally {
    stop.abort();
    await next;
    await iterator.return?.();
  }
}

type Asked<Item> = { kind: "answered"; result: IteratorResult<Item> } | { kind: "failed"; error: unknown };

/** The consumer has stopped: nobody looks at it. */
const NOT_ASKED = { kind: "answered", result: { done: true, value: undefined } } as const;

/** Never rejects: nobody may be listening when the failure happens. */
async function ask<Item>(iterator: AsyncIterator<Item>): Promise<Asked<Item>> {
  try {
    return { kind: "answered", result: await iterator.next() };
  } catch (error) {
    return { kind: "failed", error };
  }
}
