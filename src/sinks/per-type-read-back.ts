// Reads all hubs of a sink with a hub per record type back, as if they were one.
import { BridgeError } from "../errors.ts";
import type { HubPositions, ReadBack, ReadBackReport, ReadBackRequest } from "../pipeline/ports.ts";
import { createSemaphore } from "../semaphore.ts";
import type { HubDirectory } from "./hub-directory.ts";
import { sameHub } from "./hub-names.ts";
import { joinPositions, splitPositions } from "./per-type-positions.ts";
import type { PerTypeHubs } from "./per-type-hubs.ts";
import { otherHubError } from "./read-back-errors.ts";

export interface PerTypeReadBackParts {
  /** Of the namespace. */
  readonly host: string;
  readonly directory: HubDirectory;
  readonly hubs: PerTypeHubs;
  readonly isOurs: (hub: string) => boolean;
  /** Bound of one reading over all hubs. */
  readonly mostMs: number;
}

/** Each has four readers, with a connection of their own; a Basic namespace has 100 for everybody. */
const hubsAtOnce = 3;

/**
 * Positions cover every hub of the sink that exists, asked of the namespace each time: a process that knows nothing yet
 * finds what the one before it may have sent, to hubs that were created under way as well. A hub that is new since the
 * positions were noted is read from its beginning.
 */
export function createPerTypeReadBack(parts: PerTypeReadBackParts): ReadBack {
  const { host, directory, hubs, isOurs } = parts;

  async function list(signal: AbortSignal): Promise<readonly string[]> {
    try {
      return (await directory.list(signal)).filter(isOurs);
    } catch (error) {
      throw error instanceof BridgeError && error.code === "SINK_UNAUTHORIZED" ? cannotList(host, error) : error;
    }
  }

  async function positionsOf(hub: string, signal: AbortSignal): Promise<HubPositions> {
    try {
      return await readBackOf(hub).positions(signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    // It exists: whoever created it did so a moment ago.
    const opened = await hubs.open(hub, signal);
    if (opened.kind === "failed") throw opened.error;
    return readBackOf(hub).positions(signal);
  }

  /** A hub that this process has used and the list does not name: the list may be late, or the hub is gone. */
  async function positionsOfUnlisted(hub: string, signal: AbortSignal): Promise<readonly HubPositions[]> {
    try {
      return [await readBackOf(hub).positions(signal)];
    } catch (error) {
      if (!isNotFound(error)) throw error;
      hubs.forget(hub);
      return [];
    }
  }

  async function readHub(hub: string, request: ReadBackRequest): Promise<ReadBackReport> {
    try {
      return await readBackOf(hub).read(request);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const listed = await list(request.signal);
      if (listed.some((name) => sameHub(name) === sameHub(hub))) throw error;
      return { found: [], reached: request.upTo, unknown: [gone(hub, host)] };
    }
  }

  function readBackOf(hub: string): ReadBack {
    const { readBack } = hubs.sink(hub);
    if (readBack === undefined) throw new TypeError("an event hub can be read back");
    return readBack;
  }

  return {
    async check(signal) {
      const [first] = await list(signal);
      // With no hub there is nothing to read yet.
      return first === undefined ? undefined : readBackOf(first).check?.(signal);
    },

    async positions(signal) {
      const listed = await list(signal);
      const known = new Set(listed.map(sameHub));
      const unlisted = hubs.opened().filter((hub) => !known.has(sameHub(hub)));
      const places = createSemaphore(hubsAtOnce);
      const asked = await allSettled([
        ...listed.map((hub) => places.run(async () => [await positionsOf(hub, signal)])),
        ...unlisted.map((hub) => places.run(() => positionsOfUnlisted(hub, signal))),
      ]);
      return joinPositions(host, asked.flat());
    },

    async read(request) {
      if (request.signal.aborted) return { found: [], reached: request.after, unknown: [] };
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(parts.mostMs)]);
      const after = splitPositions(request.after);
      const upTo = splitPositions(request.upTo);
      const isForeign = request.after.hub !== request.upTo.hub;
      const unknown = isForeign ? [otherHubError(`The sink on ${host}`, "it was another sink")] : [];
      for (const [hub] of after) if (!upTo.has(hub)) unknown.push(gone(hub, host));

      const spans = [...upTo].map(([hub, end]) => ({ hub, end, from: after.get(hub) ?? beginningOf(end) }));
      const [still, open] = partition(spans, ({ from, end }) => isSame(from, end));
      const places = createSemaphore(hubsAtOnce);
      const maxBytes = Math.max(1, Math.floor(request.maxBytes / Math.max(1, open.length)));
      const reports = await allSettled(
        open.map(({ hub, from, end }) =>
          places.run(() => readHub(hub, { ...request, after: from, upTo: end, maxBytes, signal })),
        ),
      );
      const reached = [...still.map(({ end }) => end), ...reports.map((report) => report.reached)];
      return {
        found: reports.flatMap((report) => report.found),
        reached: joinPositions(host, reached),
        unknown: [...unknown, ...reports.flatMap((report) => report.unknown)],
      };
    },
  };
}

/** All have ended when it throws the first failure: none goes on behind the caller's back. */
async function allSettled<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const ended = await Promise.allSettled(work);
  return ended.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}

function beginningOf({ hub }: HubPositions): HubPositions {
  return { hub, partitions: {} };
}

function isSame(one: HubPositions, other: HubPositions): boolean {
  if (one.hub !== other.hub) return false;
  return Object.entries(other.partitions).every(([id, end]) => one.partitions[id] === end);
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

function isNotFound(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "SINK_NOT_FOUND";
}

function gone(hub: string, host: string): BridgeError {
  return otherHubError(`Event hub ${hub} on ${host}`, "it was deleted");
}

function cannotList(host: string, cause: BridgeError): BridgeError {
  return new BridgeError(
    "READ_BACK_DENIED",
    `Event Hubs namespace ${host}: no right to list its hubs, so what had arrived since the last checkpoint cannot be ` +
      "read back; it may be sent again with the same message ids.",
    { fix: cause.fix, cause },
  );
}
