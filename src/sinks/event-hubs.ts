// The sink for Azure Event Hubs: full batches per partition, several partitions at once, every outcome known or reported.
import type { Dispatcher } from "undici";
import type { SendReport, Sink } from "../pipeline/ports.ts";
import { createSemaphore } from "../semaphore.ts";
import { readHubAddress, type HubConnectionOptions } from "./event-hubs-address.ts";
import { createConsumerClient, createProducerClient, type HubTransport } from "./event-hubs-client.ts";
import { eventHubsError } from "./event-hubs-errors.ts";
import { HubConnection, type HubUse } from "./hub-connection.ts";
import { readStateOver } from "./hub-state.ts";
import { createPartitionLanes } from "./partition-lanes.ts";
import { readPartition } from "./partition-reader.ts";
import { inPartitionOrder } from "./partitions.ts";
import { createReadBack } from "./read-back.ts";
import { sinkRetryPolicy, type SinkRetryPolicy } from "./retry-policy.ts";
import { openBatch, type ConfirmedBatch } from "./send-partition.ts";
import { sendToHub, type HubOutcome } from "./send-to-hub.ts";
import { settle, type Settled, type SinkClock, type StepLimits } from "./settled-steps.ts";

export interface EventHubsSinkOptions extends SinkClock {
  readonly connection: HubConnectionOptions;
  /** Default `websocket`: outbound port 443 is enough. Plain `tcp` is what a connection string for an emulator gets in any case. */
  readonly transport?: HubTransport;
  /** For WebSockets: carries the proxy, and certificate authorities of one's own. */
  readonly dispatcher?: Dispatcher;
  readonly retry?: SinkRetryPolicy;
  /** Bound of one try at opening a link or sending a batch. Default 20 s; at least 2 s, as the SDK may wait one for credit. */
  readonly sendTimeoutMs?: number;
  /** Bound of `close()`. Default 5 s. */
  readonly closeTimeoutMs?: number;
  /** Partitions sent to at the same time; each holds one batch, in memory about three times. Default 16. */
  readonly partitionsAtOnce?: number;
  /** For reading back. Default `$Default`, which serves as long as no other reader claims its partitions for itself alone. */
  readonly consumerGroup?: string;
  /**
   * Bound of one reading back, besides its bytes; what was reached by then counts. Default two minutes: a partition that
   * others fill must not take a run's whole time away from the other routes.
   */
  readonly readBackMs?: number;
  /** Called for every confirmed batch. */
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

/**
 * Opens nothing before the first `check` or `send`. Throws `SETTINGS_INVALID` for an unusable connection string.
 *
 * Order is kept per order key: a key has its partition, and a partition has one batch on its way at a time, over all `send`
 * calls. A batch whose outcome is unknown is never sent again by the same call: the report's `failure` is `SINK_UNCERTAIN`,
 * everything behind it on that partition stays unsent, and the other partitions go on. Its connection is closed before
 * anything more is sent or asked: from then on, reading back tells what arrived, once `settleMs` have passed.
 *
 * Once the signal aborts, no batch is started; those on their way are awaited, for `sendTimeoutMs` at most.
 */
export function createEventHubsSink(options: EventHubsSinkOptions): Sink {
  const address = readHubAddress(options.connection);
  const {
    transport = "websocket",
    dispatcher,
    retry: policy = sinkRetryPolicy,
    sendTimeoutMs: timeoutMs = 20_000,
  } = options;
  const network = { transport, timeoutMs, ...(dispatcher && { dispatcher }) };
  const create = () => createProducerClient(options.connection, address, network);
  const closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
  const connection = new HubConnection(create, closeTimeoutMs);
  const lanes = createPartitionLanes();
  const places = createSemaphore(options.partitionsAtOnce ?? 16);
  const takeTurn = createTurns();

  async function reportOf(sending: Promise<HubOutcome>, use: HubUse): Promise<SendReport> {
    const { failures, ...sent } = await sending;
    const [worst] = failures;
    if (worst === undefined) return sent;
    // Closing it settles the fate of what was on its way, and a connection that failed is not worth another try.
    if (worst.failure.kind !== "cancelled") use.retire();
    return { ...sent, failure: eventHubsError(worst.failure, address, `sending to partition ${worst.partitionId}`) };
  }

  const consumerGroup = options.consumerGroup ?? "$Default";
  const readBack = createReadBack({
    address,
    consumerGroup,
    mostMs: options.readBackMs ?? 120_000,
    limits: { policy, timeoutMs },
    clock: options,
    readState: (limits) => readStateOver(connection, limits, options),
    async openReader(partitionId, after) {
      const client = await createConsumerClient(options.connection, address, network, consumerGroup);
      return readPartition(client, partitionId, after, closeTimeoutMs);
    },
  });

  return {
    name: `event hub ${address.hub}`,
    settleMs: timeoutMs + closeTimeoutMs + serviceMarginMs,
    readBack,

    check: (signal) =>
      connection.use(async (use) => {
        const limits = { policy, timeoutMs, signal };
        const ids = await readPartitionIds(use, limits, options);
        const opened = ids.ok ? await openFirst(use, ids.value, limits, options) : ids;
        if (opened.ok) return;
        use.retire();
        throw eventHubsError(opened.failure, address, ids.ok ? "opening a link to send" : "reading its properties");
      }),

    async send(events, signal, mayStart) {
      if (events.length === 0) return { confirmed: [], refused: [], batches: 0, bytes: 0 };
      const turn = takeTurn();
      try {
        return await connection.use(async (use) => {
          const limits = { policy, timeoutMs, signal, ...(mayStart && { mayStart }) };
          await turn.come;
          const ids = await readPartitionIds(use, limits, options);
          if (!ids.ok) {
            use.retire();
            return nothingSent(eventHubsError(ids.failure, address, "reading its properties"));
          }
          const { onBatch } = options;
          const sending = { client: use.client, hub: address.hub, limits, clock: options, ...(onBatch && { onBatch }) };
          const sent = sendToHub(events, ids.value, sending, lanes, places);
          turn.over();
          return reportOf(sent, use);
        });
      } finally {
        turn.over();
      }
    },

    close: () => connection.close(),
  };
}

/**
 * What the service may still do with a batch once no connection carries it: the sink waits `sendTimeoutMs` for an answer,
 * then closes the connection, which takes `closeTimeoutMs` at most; from then on no byte of the batch leaves this host, and
 * what the service holds already it stores or drops. How long it takes for that it promises nowhere: ten seconds are
 * assumed, as a store that takes longer answers with a time-out of its own. Not covered: a network that delivers later
 * what it had in its hands when the connection could not be closed in time.
 */
const serviceMarginMs = 10_000;

async function readPartitionIds(
  use: HubUse,
  limits: StepLimits,
  clock: SinkClock,
): Promise<Settled<readonly string[]>> {
  if (use.partitionIds !== undefined) return { ok: true, value: use.partitionIds };
  const read = (abortSignal: AbortSignal) => use.client.getEventHubProperties({ abortSignal });
  const properties = await settle("link", read, limits, clock);
  if (!properties.ok) return properties;
  use.partitionIds = inPartitionOrder(properties.value.partitionIds);
  return { ok: true, value: use.partitionIds };
}

/** A link to one partition proves the right to send; the properties prove the name and the way there. */
function openFirst(
  use: HubUse,
  partitionIds: readonly string[],
  limits: StepLimits,
  clock: SinkClock,
): Promise<Settled<unknown>> {
  const [first = "0"] = partitionIds;
  return settle("link", (signal) => openBatch(use.client, first, signal), limits, clock);
}

function nothingSent(failure: NonNullable<SendReport["failure"]>): SendReport {
  return { confirmed: [], refused: [], batches: 0, bytes: 0, failure };
}

/** Sends that overlap enter the lanes of the partitions in the order in which they were called. */
function createTurns(): () => { readonly come: Promise<void>; readonly over: () => void } {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const come = last;
    last = promise;
    return { come, over: resolve };
  };
}
