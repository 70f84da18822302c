// Waiting, for those who get it as a parameter.
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves after `ms`, or rejects with the signal's reason once it is aborted. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
