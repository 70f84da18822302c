// Reads a hub back: which events of a route it holds behind a position.
import type { BridgeError } from "../errors.ts";
import type { HubPositions, ReadBack, ReadBackReport, ReadBackRequest } from "../pipeline/ports.ts";
import { createSemaphore } from "../semaphore.ts";
import type { SendFailure } from "./send-failure.ts";
import type { HubAddress } from "./event-hubs-address.ts";
import { eventHubsError } from "./event-hubs-errors.ts";
import { positionsOf, type HubState } from "./hub-state.ts";
import { createKnownArrivals } from "./known-arrivals.ts";
import type { PartitionReader } from "./partition-reader.ts";
import { deniedError, gapErrors, refusal } from "./read-back-errors.ts";
import { planReadBack, type ReadSpan } from "./read-plan.ts";
import { readSpan, type SpanOutcome } from "./read-span.ts";
import { settle, type Settled, type SinkClock, type StepLimits } from "./settled-steps.ts";

export interface ReadBackParts {
  readonly address: HubAddress;
  readonly consumerGroup: string;
  readonly limits: Omit<StepLimits, "signal">;
  readonly clock: SinkClock;
  /** Asks the service, over a connection that carries no unsettled batch. */
  readonly readState: (limits: StepLimits) => Promise<Settled<HubState>>;
  /** Opens a reader behind a sequence number, with a connection of its own. */
  readonly openReader: (partitionId: string, after: number) => Promise<PartitionReader>;
  /** Opens a reader behind the end of a partition, and resolves as soon as the service lets it read. */
  readonly proveReader: (partitionId: string, after: number, signal: AbortSignal) => Promise<void>;
  /** Bound of one reading, which then ends with what it reached. */
  readonly mostMs: number;
  /** Most arrivals to remember. */
  readonly mostKnown?: number;
}

/** Partitions read at the same time, each over a connection of its own; Basic namespaces have 100 for everybody. */
const partitionsAtOnce = 4;

/**
 * What was read is remembered for the lifetime of this value, for all routes: a second route that asks for the same span
 * costs nothing. So that it can, one `read` waits for the other.
 */
export function createReadBack(parts: ReadBackParts): ReadBack {
  const { address, clock } = parts;
  const known = createKnownArrivals(parts.mostKnown);
  const turn = createSemaphore(1);

  async function read(request: ReadBackRequest): Promise<ReadBackReport> {
    const limits = { ...parts.limits, signal: request.signal };
    const state = await parts.readState(limits);
    if (!state.ok) {
      if (state.failure.kind === "cancelled") return nothingReached(request);
      throw stateError(state.failure, address);
    }
    const plan = planReadBack(request.after, request.upTo, state.value);
    const unknown = [...gapErrors(plan.gaps, `Event hub ${address.hub} on ${address.host}`)];
    known.useFor(state.value.hub);
    const outcomes = await readSpans(plan.spans, request, limits);

    const reached = { ...plan.reached.partitions };
    const refused: { readonly span: ReadSpan; readonly failure: SendFailure }[] = [];
    for (const { span, outcome } of outcomes) {
      reached[span.partitionId] = outcome.reached;
      if (outcome.failure !== undefined) refused.push({ span, failure: outcome.failure });
    }
    const settled = explain(refused.map(({ span, failure }) => ({ partitionId: span.partitionId, failure })));
    for (const { span } of refused) reached[span.partitionId] = span.upTo;
    const found = outcomes.flatMap(({ outcome }) =>
      outcome.arrivals.flatMap(({ route, eventId }) => (route === request.route ? [eventId] : [])),
    );
    return { found, reached: { hub: plan.reached.hub, partitions: reached }, unknown: [...unknown, ...settled] };
  }

  /** Bytes and failures that may pass end all partitions; a refusal only its own. */
  async function readSpans(spans: readonly ReadSpan[], request: ReadBackRequest, limits: StepLimits) {
    const places = createSemaphore(partitionsAtOnce);
    const halt = new AbortController();
    const signal = AbortSignal.any([request.signal, halt.signal]);
    let bytes = 0;
    const spend = (more: number): boolean => {
      bytes += more;
      if (bytes >= request.maxBytes) halt.abort();
      return bytes < request.maxBytes;
    };
    const reading = { openReader: parts.openReader, known, limits: { ...limits, signal }, clock, spend };
    const ended = await Promise.allSettled(
      spans.map(async (span) => {
        try {
          const outcome = await places.run(() => readSpan(span, reading));
          const { failure } = outcome;
          if (failure !== undefined && refusal(failure, address, parts.consumerGroup) === undefined) halt.abort();
          return { span, outcome };
        } catch (bug) {
          halt.abort();
          throw bug;
        }
      }),
    );
    return ended.map((end): { readonly span: ReadSpan; readonly outcome: SpanOutcome } => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
  }

  /** One error per reason, with its partitions. Throws the first failure that may pass. */
  function explain(
    failed: readonly { readonly partitionId: string; readonly failure: SendFailure }[],
  ): readonly BridgeError[] {
    const byCode = Map.groupBy(failed, ({ partitionId, failure }) => {
      const refused = refusal(failure, address, parts.consumerGroup);
      if (refused === undefined) throw eventHubsError(failure, address, `reading back partition ${partitionId}`);
      return refused.code;
    });
    return [...byCode.values()].flatMap((same) => {
      const [first] = same;
      const refused = first && refusal(first.failure, address, parts.consumerGroup);
      return refused === undefined ? [] : [refused.error(same.map(({ partitionId }) => partitionId))];
    });
  }

  return {
    async positions(signal): Promise<HubPositions> {
      const state = await parts.readState({ ...parts.limits, signal });
      if (!state.ok) throw stateError(state.failure, address);
      return positionsOf(state.value);
    },
    async check(signal) {
      const limits = { ...parts.limits, signal };
      const state = await parts.readState(limits);
      if (!state.ok) {
        const denied = stateError(state.failure, address);
        if (state.failure.kind === "unauthorized") return denied;
        throw denied;
      }
      const [first] = Object.entries(state.value.partitions);
      if (first === undefined) return undefined;
      const [id, { last }] = first;
      const proved = await settle("link", (abort) => parts.proveReader(id, last, abort), limits, clock);
      if (proved.ok) return undefined;
      const refused = refusal(proved.failure, address, parts.consumerGroup);
      if (refused === undefined) throw eventHubsError(proved.failure, address, `opening a reader on partition ${id}`);
      return refused.error([id]);
    },
    async read(request) {
      const leave = await turn.enter(request.signal).catch((error: unknown) => {
        if (!request.signal.aborted) throw error;
        return undefined;
      });
      if (leave === undefined) return nothingReached(request);
      try {
        const signal = AbortSignal.any([request.signal, AbortSignal.timeout(parts.mostMs)]);
        return await read({ ...request, signal });
      } finally {
        leave();
      }
    },
  };
}

function nothingReached({ after }: ReadBackRequest): ReadBackReport {
  return { found: [], reached: after, unknown: [] };
}

function stateError(failure: SendFailure, address: HubAddress): BridgeError {
  if (failure.kind === "unauthorized") return deniedError(failure, address);
  return eventHubsError(failure, address, "asking where its partitions end");
}
