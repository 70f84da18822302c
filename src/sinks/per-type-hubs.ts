// The hubs of a sink with a hub per record type: each opened when it is needed, and created when it is missing.
import { BridgeError } from "../errors.ts";
import type { Sink } from "../pipeline/ports.ts";
import { retryDelayMs, type RetryPolicy } from "../retry.ts";
import type { HubDirectory } from "./hub-directory.ts";
import { sameHub } from "./hub-names.ts";
import type { SinkClock } from "./settled-steps.ts";

export interface PerTypeHubsParts {
  readonly directory: HubDirectory;
  readonly clock: SinkClock;
  readonly openSink: (hub: string) => Sink;
  /** Keeps a place in a namespace that may fill up: it is created before any other hub is. */
  readonly sharedHub: string | undefined;
  /** How long a hub that exists may take until it answers. */
  readonly freshHub?: RetryPolicy;
}

/** `full`: the hub does not exist, and the namespace takes no more. It stays so until `forgetAll`. */
export type OpenedHub = { readonly kind: "open" | "full" } | { readonly kind: "failed"; readonly error: BridgeError };

export interface PerTypeHubs {
  /** The sink of one hub; opens nothing. */
  sink(hub: string): Sink;
  /** Those that have answered in this process, unless they were not found later. */
  opened(): readonly string[];
  /**
   * Resolves once the hub answers: at once when it is known to. Who asks earlier goes on earlier. Never throws but for
   * bugs; a failure is forgotten, so that the next one to ask tries again.
   */
  open(hub: string, signal: AbortSignal): Promise<OpenedHub>;
  /** It was not found: the next one to ask looks again. */
  forget(hub: string): void;
  /** Which of them are open and which got no place: every hub is looked at again. */
  forgetAll(): void;
  /** Closes every sink; those already closed stay so. */
  close(): Promise<void>;
}

/** About a minute in all. How long the service takes is written down nowhere; seconds have been seen. */
const patience: RetryPolicy = { attempts: 10, baseDelayMs: 1_000, maxDelayMs: 10_000 };

export function createPerTypeHubs(parts: PerTypeHubsParts): PerTypeHubs {
  const { directory, clock, sharedHub, freshHub = patience } = parts;
  const sinks = new Map<string, Sink>();
  const openings = new Map<string, Promise<OpenedHub>>();
  const opened = new Map<string, string>();

  function sink(hub: string): Sink {
    const known = sinks.get(sameHub(hub)) ?? parts.openSink(hub);
    sinks.set(sameHub(hub), known);
    return known;
  }

  async function openOrCreate(hub: string, signal: AbortSignal): Promise<OpenedHub> {
    if (await answers(hub, signal)) return { kind: "open" };
    if (sharedHub !== undefined && sameHub(sharedHub) !== sameHub(hub)) {
      const shared = await open(sharedHub, signal);
      if (shared.kind === "failed") return shared;
    }
    if ((await directory.ensure(hub, signal)) === "full") return { kind: "full" };
    for (let tries = 1; !(await answers(hub, signal)); tries += 1) {
      if (tries >= freshHub.attempts) throw notYet(hub);
      await clock.wait(retryDelayMs(freshHub, tries, clock.random), signal);
    }
    return { kind: "open" };
  }

  /** Throws what else is wrong with it. */
  async function answers(hub: string, signal: AbortSignal): Promise<boolean> {
    try {
      await sink(hub).check(signal);
      return true;
    } catch (error) {
      if (error instanceof BridgeError && error.code === "SINK_NOT_FOUND") return false;
      throw error;
    }
  }

  async function settled(hub: string, signal: AbortSignal): Promise<OpenedHub> {
    try {
      return await openOrCreate(hub, signal);
    } catch (error) {
      if (error instanceof BridgeError) return { kind: "failed", error };
      if (signal.aborted) return { kind: "failed", error: outOfTime(hub) };
      throw error;
    }
  }

  function open(hub: string, signal: AbortSignal): Promise<OpenedHub> {
    const key = sameHub(hub);
    const under = openings.get(key);
    if (under !== undefined) return under;
    const opening = settled(hub, signal).then(
      (outcome) => {
        if (outcome.kind === "failed" && openings.get(key) === opening) openings.delete(key);
        if (outcome.kind === "open") opened.set(key, hub);
        return outcome;
      },
      (bug: unknown) => {
        openings.delete(key);
        throw bug;
      },
    );
    openings.set(key, opening);
    return opening;
  }

  return {
    sink,
    open,
    opened: () => [...opened.values()],
    forget(hub) {
      openings.delete(sameHub(hub));
      opened.delete(sameHub(hub));
    },
    forgetAll() {
      openings.clear();
    },
    async close() {
      await Promise.all([...sinks.values()].map((each) => each.close()));
    },
  };
}

function notYet(hub: string): BridgeError {
  return new BridgeError("SINK_NOT_FOUND", `Event hub ${hub} exists, but does not answer yet.`, {
    fix: "The next run goes on from here. If it stays so, look at the hub in the Azure portal.",
  });
}

function outOfTime(hub: string): BridgeError {
  return new BridgeError("OUT_OF_TIME", `Event hub ${hub}: the run's time was up before it answered.`, {
    fix: "The next run goes on from here.",
  });
}
