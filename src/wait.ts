// Waiting, for those who get it as a parameter.
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves after `ms`, or rejects with the signal's reason once it is aborted. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

/** Resolves after `ms`, or as soon as the signal is aborted. Keeps the process alive meanwhile. */
export async function waitUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}
