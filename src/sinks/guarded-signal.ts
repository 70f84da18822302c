// A signal that says no as well when the sender may no longer start.

/** What the Azure SDKs take for a signal. */
export interface GuardedSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The SDKs look at their signal in the same breath in which they hand a batch to the socket, and may have waited for their
 * link before: a process that stood still meanwhile notices there. To be on the safe side such a send counts as uncertain.
 */
export function guarded(signal: AbortSignal, mayStart: () => boolean): GuardedSignal {
  return {
    get aborted() {
      return signal.aborted || !mayStart();
    },
    addEventListener: (type, listener) => signal.addEventListener(type, listener),
    removeEventListener: (type, listener) => signal.removeEventListener(type, listener),
  };
}
