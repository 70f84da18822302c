// What is on its way between the API and the sinks, in bytes of answers: the one bound for all feeds of a run together.

export interface InFlight {
  readonly maxBytes: number;
  /** Held by all accounts. */
  readonly bytes: number;
  hasRoom(bytes: number): boolean;
  /** Resolves once there is room for so much, or the signal is aborted. Nothing is held by that. */
  room(bytes: number, signal: AbortSignal): Promise<void>;
  /** For one reader or route. */
  open(): InFlightAccount;
}

export interface InFlightAccount {
  /** Counts these bytes until `what` is let go, whether there is room or not. */
  hold(what: unknown, bytes: number): void;
  /** What is not held is no concern. */
  letGo(what: unknown): void;
  /** Lets go of everything. */
  close(): void;
}

/**
 * A bound on what may run ahead, never on what is needed to go on: nothing beyond it is read before it is wanted, and
 * nothing is held back to fill a batch. Who would wait for room that only he can make goes on without, so that there is no
 * deadlock, neither of a route with itself nor of several with each other. Above the bound comes what each feed is reading
 * because it has nothing else to do: one slice or load.
 */
export function createInFlight(maxBytes: number): InFlight {
  let bytes = 0;
  const waiting = new Set<() => void>();
  const hasRoom = (more: number): boolean => bytes + more <= maxBytes;

  function giveBack(less: number): void {
    bytes -= less;
    for (const look of waiting) look();
  }

  return {
    maxBytes,
    get bytes() {
      return bytes;
    },
    hasRoom,
    async room(more, signal) {
      if (hasRoom(more) || signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (hasRoom(more)) resolve();
      };
      const onAbort = (): void => resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.add(look);
      await promise;
      waiting.delete(look);
      signal.removeEventListener("abort", onAbort);
    },
    open() {
      const held = new Map<unknown, number>();
      return {
        hold(what, more) {
          held.set(what, (held.get(what) ?? 0) + more);
          bytes += more;
        },
        letGo(what) {
          const less = held.get(what);
          if (less === undefined) return;
          held.delete(what);
          giveBack(less);
        },
        close() {
          const less = [...held.values()].reduce((sum, one) => sum + one, 0);
          held.clear();
          giveBack(less);
        },
      };
    },
  };
}

/** Of answers gathered into one load: twice the largest batch a Standard hub takes, and little of what may be on its way. */
export function loadBytesOf({ maxBytes }: Pick<InFlight, "maxBytes">): number {
  return Math.min(MOST_LOAD_BYTES, Math.floor(maxBytes / LEAST_LOADS));
}

const MOST_LOAD_BYTES = 2 * 1024 * 1024;
/** One is sent while one is read; the rest is for pages read ahead, and for what is held back of several feeds. */
const LEAST_LOADS = 8;
