// Live events for the page: the hubs are followed while somebody looks, once for all who do.
import { BridgeError } from "../../errors.ts";
import type { ShownEvent } from "../tailed-event.ts";
import type { LiveEvents, LiveState } from "./page-data.ts";
import { waitUnlessAborted } from "../../wait.ts";

/** Follows the events of all hubs that can be followed, until the signal aborts. */
export type Follow = (options: {
  readonly signal: AbortSignal;
  readonly onReady: () => void;
  readonly onEvents: (sink: string, events: readonly ShownEvent[]) => void;
}) => Promise<void>;

export type LiveListener = (name: "state" | "events", value: LiveState | LiveEvents) => void;

export interface Live {
  /** Hears the state at once, then all that comes. Returns what ends it. */
  listen(listener: LiveListener): () => void;
  /** Resolves once nothing is followed any more. */
  close(): Promise<void>;
}

export interface LiveOptions {
  /** Or why nothing can be followed. */
  readonly follow: Follow | { readonly because: string };
  /** Bugs. */
  readonly report: (error: unknown) => void;
  /** After a failure. */
  readonly againMs?: number;
}

/** In one message to the page. */
const MOST_EVENTS = 50;
/** Of one message behind the other: a run brings thousands of events within seconds. */
const GATHER_MS = 250;
const AGAIN_MS = 10_000;
const BUG = "A bug of the bridge has ended it. What it is stands where bridge dashboard runs.";

export function createLive({ follow, report, againMs = AGAIN_MS }: LiveOptions): Live {
  const listeners = new Set<LiveListener>();
  let state: LiveState =
    typeof follow === "function" ? { kind: "connecting" } : { kind: "not-followed", because: follow.because };
  let following: AbortController | undefined;
  const running = new Set<Promise<void>>();
  let gathered: LiveEvents["events"][number][] = [];
  let skipped = 0;
  let timer: NodeJS.Timeout | undefined;

  function tell(...told: Parameters<LiveListener>): void {
    for (const listener of listeners) listener(...told);
  }

  function become(next: LiveState): void {
    state = next;
    tell("state", state);
  }

  function flush(): void {
    timer = undefined;
    const events = gathered;
    gathered = [];
    tell("events", { events, skipped });
    skipped = 0;
  }

  function gather(sink: string, events: readonly ShownEvent[]): void {
    gathered.push(...events.map((event) => ({ ...event, sink })));
    if (gathered.length > MOST_EVENTS) skipped += gathered.splice(0, gathered.length - MOST_EVENTS).length;
    timer ??= setTimeout(flush, GATHER_MS);
  }

  async function start(followAll: Follow, { signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      try {
        await followAll({ signal, onReady: () => become({ kind: "following" }), onEvents: gather });
      } catch (error) {
        if (!(error instanceof BridgeError)) {
          report(error);
          become({ kind: "not-followed", because: BUG });
          return;
        }
        const { code, message, fix } = error;
        become({ kind: "failed", error: { code, message, fix } });
      }
      await waitUnlessAborted(againMs, signal);
    }
  }

  function stop(): void {
    following?.abort();
    following = undefined;
    clearTimeout(timer);
    timer = undefined;
    gathered = [];
    skipped = 0;
  }

  return {
    listen(listener) {
      listeners.add(listener);
      if (typeof follow === "function" && following === undefined) {
        state = { kind: "connecting" };
        following = new AbortController();
        const started = start(follow, following).finally(() => running.delete(started));
        running.add(started);
      }
      listener("state", state);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    async close() {
      listeners.clear();
      stop();
      await Promise.all(running);
    },
  };
}
