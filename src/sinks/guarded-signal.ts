// A signal that says no as well when the sender may no longer start.
import type { SendBatchOptions } from "@azure/event-hubs";

/** What the Azure SDKs take for a signal. */
export type GuardedSignal = NonNullable<SendBatchOptions["abortSignal"]>;

/**
 * The SDKs look at their signal in the same breath in which they hand a batch to the socket, and may have waited for their
 * link before: a process that stood still meanwhile notices there. To be on the safe side such a send counts as uncertain.
 */
export function guarded(signal: AbortSignal, mayStart: () => boolean): GuardedSignal {
  return {
    get aborted() {
      return signal.aborted || !mayStart();
    },
    addEventListener: (...listener) => signal.addEventListener(...listener),
    removeEventListener: (...listener) => signal.removeEventListener(...listener),
  };
}
