// One reading for all who ask at the same time, or shortly after it: several windows of the page cost as much as one.

/** `read` is never under way twice. What it throws goes to those who waited, and is not kept. */
export function shareReading<Result>(
  read: () => Promise<Result>,
  freshMs: number,
  now: () => number,
): () => Promise<Result> {
  let last: { readonly at: number; readonly result: Result } | undefined;
  let underWay: Promise<Result> | undefined;
  async function readAnew(): Promise<Result> {
    try {
      const result = await read();
      last = { at: now(), result };
      return result;
    } finally {
      underWay = undefined;
    }
  }
  return () => {
    if (underWay !== undefined) return underWay;
    if (last !== undefined && now() - last.at < freshMs) return Promise.resolve(last.result);
    underWay = readAnew();
    return underWay;
  };
}
