// What a page shows beside the status: runs, dead letters, and where the partitions of the sinks end.
import { BridgeError } from "../errors.ts";
import type { DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { Route } from "../pipeline/forward-feed.ts";
import type { Sink } from "../pipeline/ports.ts";
import { isoText } from "../pipeline/windows.ts";
import type { OperationDeps } from "./operations.ts";
import type { RunFactsRow } from "./run-facts.ts";
import { statusOfRoutes, type StatusReport } from "./status.ts";

export interface Overview {
  readonly status: StatusReport;
  /** In the order of the routes in the status. */
  readonly details: readonly RouteDetails[];
  readonly sinks: readonly SinkEnds[];
}

export interface RouteDetails {
  readonly route: string;
  /** Oldest first. */
  readonly runs: readonly RunFactsRow[];
  /** The newest, newest first; the status has their count. */
  readonly letters: readonly LetterFacts[];
}

export interface LetterFacts {
  readonly eventId: string;
  readonly reason: string;
  readonly recType?: string;
  readonly recordKey?: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly at: string;
}

export type SinkEnds = {
  readonly sink: string;
} & (
  | { readonly kind: "read"; readonly hub: string; readonly partitions: readonly PartitionEnd[] }
  | { readonly kind: "no-partitions"; readonly because: string }
  | {
      readonly kind: "failed";
      readonly error: { readonly code: string; readonly message: string; readonly fix: string };
    }
);

export interface PartitionEnd {
  readonly partition: string;
  /** Sequence number of the last event, -1 for none. */
  readonly last: number;
}

export type OverviewDeps = OperationDeps & { readonly signal: AbortSignal };

/** A sink that cannot be asked says so in its place. Throws the failures of the state table. */
export async function overviewOf(routes: readonly Route[], deps: OverviewDeps): Promise<Overview> {
  const runs = new Map<string, readonly RunFactsRow[]>();
  const letters = new Map<string, readonly LetterFacts[]>();
  const listener = {
    runs: (route: string, found: readonly RunFactsRow[]) => void runs.set(route, found.toReversed()),
    letter(route: string, letter: DeadLetterSight) {
      const newest = [...(letters.get(route) ?? []), letterFacts(letter)];
      // They come in the order of their ids: cut now and then, so that many of them do not fill the memory.
      letters.set(route, newest.length >= 2 * MOST_LETTERS ? newestOf(newest) : newest);
    },
  };
  const [status, sinks] = await Promise.all([
    statusOfRoutes(routes, deps, listener),
    Promise.all([...deps.under.sinks.values()].map((sink) => endsOf(sink, deps))),
  ]);
  return {
    status,
    details: status.routes.map(({ route }) => {
      return { route, runs: runs.get(route) ?? [], letters: newestOf(letters.get(route) ?? []) };
    }),
    sinks,
  };
}

const MOST_LETTERS = 200;
/** Long enough for a first connection; the rest of the page waits for it. */
const ASKING_MS = 10_000;

function letterFacts({ entry }: DeadLetterSight): LetterFacts {
  const { eventId, reason, recType, recordKey, bytes, at } = entry;
  return {
    eventId,
    reason,
    ...(recType === undefined ? {} : { recType }),
    ...(recordKey === undefined ? {} : { recordKey }),
    bytes,
    at: isoText(at),
  };
}

function newestOf(letters: readonly LetterFacts[]): readonly LetterFacts[] {
  return letters.toSorted((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0)).slice(0, MOST_LETTERS);
}

async function endsOf({ name: sink, readBack }: Sink, { signal }: OverviewDeps): Promise<SinkEnds> {
  if (readBack === undefined) {
    return { sink, kind: "no-partitions", because: "it does not say where its partitions end" };
  }
  try {
    const { hub, partitions } = await readBack.positions(AbortSignal.any([signal, AbortSignal.timeout(ASKING_MS)]));
    const ends = Object.entries(partitions).map(([partition, last]) => ({ partition, last }));
    return { sink, kind: "read", hub, partitions: ends };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const { code, message, fix } = error;
    return { sink, kind: "failed", error: { code, message, fix } };
  }
}
