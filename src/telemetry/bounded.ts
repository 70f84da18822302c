// Waits for something, but not for ever.

/** Resolves with whether `work` ended in time. What it may still do afterwards is nobody's concern. */
export async function endWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  const { promise: over, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  try {
    return await Promise.race([work.then(() => true), over]);
  } finally {
    clearTimeout(timer);
  }
}
