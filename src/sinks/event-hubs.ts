// The sink for Azure Event Hubs: full batches per partition, several partitions at once, every outcome known or reported.
import type { Dispatcher } from "undici";
import type { Sink } from "../pipeline/ports.ts";
import type { AmqpTransport } from "./amqp-network.ts";
import { readHubAddress, type HubConnectionOptions } from "./event-hubs-address.ts";
import { createBatchBuffers } from "./batch-buffers.ts";
import { openHubBatch } from "./event-hubs-batch.ts";
import { createConsumerClient, createProducerClient, type HubClient } from "./event-hubs-client.ts";
import { eventHubsError } from "./event-hubs-errors.ts";
import { readStateOver } from "./hub-state.ts";
import { createLaneSink, type FailedStep } from "./lane-sink.ts";
import { serviceMarginMs } from "./late-arrival.ts";
import { proveReading, readPartition } from "./partition-reader.ts";
import { inPartitionOrder, partitionFor } from "./partitions.ts";
import { createReadBack } from "./read-back.ts";
import { sinkRetryPolicy, type SinkRetryPolicy } from "./retry-policy.ts";
import type { ConfirmedBatch } from "./send-lane.ts";
import { settle, type Settled, type SinkClock, type StepLimits } from "./settled-steps.ts";
import { SinkConnection } from "./sink-connection.ts";
import { throughputPace, type Pace } from "./throughput-pace.ts";

export interface EventHubsSinkOptions extends SinkClock {
  readonly connection: HubConnectionOptions;
  /** Default `websocket`: outbound port 443 is enough. Plain `tcp` is what a connection string for an emulator gets in any case. */
  readonly transport?: AmqpTransport;
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
  /** Of the namespace, for this sink. Without it the sink sends as fast as the hub takes it, and throttling is waited out. */
  readonly throughputUnits?: number;
  /** Kept together with other sinks of the namespace, in place of one of its own for `throughputUnits`. */
  readonly pace?: Pace;
  /** Called for every confirmed batch; its lane is the partition. */
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

/**
 * Throws `SETTINGS_INVALID` for an unusable connection string. Order is kept per order key: a key has its partition, and a
 * partition is a lane (`lane-sink.ts`). After an unknown outcome reading back tells what arrived, once `settleMs` have
 * passed.
 */
export function createEventHubsSink(options: EventHubsSinkOptions): Sink {
  const address = readHubAddress(options.connection);
  const {
    transport = "websocket",
    dispatcher,
    retry: policy = sinkRetryPolicy,
    sendTimeoutMs: timeoutMs = 20_000,
    closeTimeoutMs = 5_000,
    consumerGroup = "$Default",
    onBatch,
  } = options;
  const network = { transport, timeoutMs, ...(dispatcher && { dispatcher }) };
  const create = () => createProducerClient(options.connection, address, network);
  const connection = new SinkConnection<HubClient>(create, closeTimeoutMs);
  const place = `event hub ${address.hub}`;
  const partitionIdsOf = createPartitionIds(options);
  const lanesAtOnce = options.partitionsAtOnce ?? 16;
  const buffers = createBatchBuffers(lanesAtOnce);

  const readBack = createReadBack({
    address,
    consumerGroup,
    mostMs: options.readBackMs ?? 120_000,
    limits: { policy, timeoutMs },
    clock: options,
    readState: (limits) => readStateOver(connection, limits, options),
    async proveReader(partitionId, after, signal) {
      const client = await createConsumerClient(options.connection, address, network, consumerGroup);
      await proveReading(client, partitionId, after, { closeTimeoutMs, signal });
    },
    async openReader(partitionId, after) {
      const client = await createConsumerClient(options.connection, address, network, consumerGroup);
      return readPartition(client, partitionId, after, closeTimeoutMs);
    },
  });

  const { throughputUnits: units } = options;
  const pace = options.pace ?? (units === undefined ? undefined : throughputPace(units, options));

  return {
    name: place,
    settleMs: timeoutMs + closeTimeoutMs + serviceMarginMs,
    readBack,
    ...createLaneSink<HubClient>({
      place,
      connection,
      limits: { policy, timeoutMs },
      clock: options,
      lanesAtOnce,
      holdsBack: true,
      ...(pace !== undefined && { pace }),
      spreading: readingProperties,
      async spread(client, limits) {
        const ids = await partitionIdsOf(client, limits);
        return ids.ok ? { ok: true, value: (event) => partitionFor(event.orderKey, ids.value) } : ids;
      },
      open: (client, partitionId, signal) => openHubBatch(client, partitionId, signal, buffers),
      check: (client, limits) => checkHub(client, limits, options, partitionIdsOf),
      explain: ({ failure, doing }) => eventHubsError(failure, address, doing),
      sendingOn: (partitionId) => `sending to partition ${partitionId}`,
      ...(onBatch && { onBatch }),
    }),
  };
}

const readingProperties = "reading its properties";

type PartitionIds = (client: HubClient, limits: StepLimits) => Promise<Settled<readonly string[]>>;

/** Asked for once per connection, by whoever needs them first. */
function createPartitionIds(clock: SinkClock): PartitionIds {
  const known = new WeakMap<HubClient, readonly string[]>();
  return async (client, limits) => {
    const ids = known.get(client);
    if (ids !== undefined) return { ok: true, value: ids };
    const read = (abortSignal: AbortSignal) => client.getEventHubProperties({ abortSignal });
    const properties = await settle("link", read, limits, clock);
    if (!properties.ok) return properties;
    const fresh = inPartitionOrder(properties.value.partitionIds);
    known.set(client, fresh);
    return { ok: true, value: fresh };
  };
}

/** A link to one partition proves the right to send; the properties prove the name and the way there. */
async function checkHub(
  client: HubClient,
  limits: StepLimits,
  clock: SinkClock,
  partitionIdsOf: PartitionIds,
): Promise<FailedStep | undefined> {
  const ids = await partitionIdsOf(client, limits);
  if (!ids.ok) return { failure: ids.failure, doing: readingProperties };
  const [first = "0"] = ids.value;
  const opened = await settle("link", (signal) => openHubBatch(client, first, signal), limits, clock);
  return opened.ok ? undefined : { failure: opened.failure, doing: "opening a link to send" };
}
