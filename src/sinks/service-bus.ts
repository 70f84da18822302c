// The sink for a Service Bus queue or topic: message id = event id, full batches, order per device, every outcome known or reported.
import type { Dispatcher } from "undici";
import type { AfterCrash, Sink } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { AmqpTransport } from "./amqp-network.ts";
import { createBatchBuffers } from "./batch-buffers.ts";
import { createLaneSink } from "./lane-sink.ts";
import { serviceMarginMs } from "./late-arrival.ts";
import { hashOrderKey } from "./partitions.ts";
import { sinkRetryPolicy, type SinkRetryPolicy } from "./retry-policy.ts";
import type { ConfirmedBatch } from "./send-lane.ts";
import { readServiceBusAddress, type ServiceBusAddress, type ServiceBusConnection } from "./service-bus-address.ts";
import { openEntityBatch } from "./service-bus-batch.ts";
import { createEntityClient, type EntityClient } from "./service-bus-client.ts";
import { serviceBusError } from "./service-bus-errors.ts";
import { sessionIdOf } from "./service-bus-message.ts";
import { settle, type SinkClock } from "./settled-steps.ts";
import { SinkConnection } from "./sink-connection.ts";

export interface ServiceBusSinkOptions extends SinkClock {
  readonly connection: ServiceBusConnection;
  /** Default `websocket`: outbound port 443 is enough. Plain `tcp` is what a connection string for an emulator gets in any case. */
  readonly transport?: AmqpTransport;
  /** For WebSockets: carries the proxy, and certificate authorities of one's own. */
  readonly dispatcher?: Dispatcher;
  readonly retry?: SinkRetryPolicy;
  /** Bound of one try at opening a link or sending a batch. Default 20 s. */
  readonly sendTimeoutMs?: number;
  /** Bound of `close()`. Default 5 s. */
  readonly closeTimeoutMs?: number;
  /**
   * `per-device` gives each device a session of its own: what a queue that requires sessions needs, and consumers that
   * want each device in order while they work on several. Batches then go out on several lanes at once, a device always
   * on the same. Default `none`: one batch at a time, so that everything stays in order.
   */
  readonly sessions?: "none" | "per-device";
  /** For a partitioned queue or topic, which takes only one session in a batch. Default false: a batch holds many. */
  readonly oneSessionPerBatch?: boolean;
  /**
   * Without sessions: calls of `send` that may be on their way at the same time. With more than one, what overlaps may
   * arrive in any order; the events of one call keep theirs. Default 1.
   */
  readonly sendsAtOnce?: number;
  /**
   * The window of duplicate detection that the queue or topic was created with, in milliseconds; 0 for none. Stated by
   * the operator, as only the right to manage could ask for it: it decides what is said after a crash. Default: unknown.
   */
  readonly duplicateDetectionMs?: number;
  /** Called for every confirmed batch. */
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

/** Lanes of a sink with sessions. */
const sessionLanes = 8;

/** Throws `SETTINGS_INVALID` for an unusable connection string. For lanes and outcomes see `lane-sink.ts`. */
export function createServiceBusSink(options: ServiceBusSinkOptions): Sink {
  const address = readServiceBusAddress(options.connection);
  const {
    transport = "websocket",
    dispatcher,
    retry: policy = sinkRetryPolicy,
    sendTimeoutMs: timeoutMs = 20_000,
    closeTimeoutMs = 5_000,
    onBatch,
  } = options;
  const network = { transport, timeoutMs, ...(dispatcher && { dispatcher }) };
  const withSessions = options.sessions === "per-device";
  const sendsAtOnce = withSessions ? 1 : (options.sendsAtOnce ?? 1);
  const laneOf = sendsAtOnce > 1 ? laneOfItsOwn() : laneOfEvents(withSessions, options.oneSessionPerBatch ?? false);
  const place = `Service Bus queue or topic ${address.entity}`;
  const buffers = createBatchBuffers(sendsAtOnce);
  const open = (client: EntityClient, signal: AbortSignal) => openEntityBatch(client, withSessions, signal, buffers);

  return {
    name: place,
    settleMs: timeoutMs + closeTimeoutMs + serviceMarginMs,
    afterCrash: afterCrash(address, options.duplicateDetectionMs),
    ...createLaneSink<EntityClient>({
      place,
      connection: new SinkConnection(() => createEntityClient(options.connection, address, network), closeTimeoutMs),
      limits: { policy, timeoutMs },
      clock: options,
      lanesAtOnce: withSessions ? sessionLanes : sendsAtOnce,
      spreading: "opening a link to send",
      spread: async () => ({ ok: true, value: laneOf() }),
      open: (client, _lane, signal) => open(client, signal),
      async check(client, limits) {
        const opened = await settle("link", (signal) => open(client, signal), limits, options);
        return opened.ok ? undefined : { failure: opened.failure, doing: "opening a link to send" };
      },
      explain: ({ failure, doing }) => serviceBusError(failure, address, doing),
      sendingOn: () => "sending",
      ...(onBatch && { onBatch }),
    }),
  };
}

/** Of the events of one send. */
type Spread = () => (event: OutgoingEvent) => string;

function laneOfEvents(withSessions: boolean, oneSessionPerBatch: boolean): Spread {
  if (!withSessions) return () => () => "all";
  return () => (oneSessionPerBatch ? sessionOf : (event) => String(hashOrderKey(sessionOf(event)) % sessionLanes));
}

/** No send waits for another. */
function laneOfItsOwn(): Spread {
  let sends = 0;
  return () => {
    sends += 1;
    const lane = String(sends);
    return () => lane;
  };
}

function sessionOf({ orderKey }: OutgoingEvent): string {
  return sessionIdOf(orderKey);
}

/** Receiving would take the messages from their consumers, and peeking shows only those that are not completed yet. */
function afterCrash({ entity }: ServiceBusAddress, windowMs: number | undefined): AfterCrash {
  const cannot = `what had arrived in ${entity} cannot be read back without taking it from its consumers`;
  if (windowMs !== undefined && windowMs > 0) {
    return {
      meaning:
        `${cannot}; what is sent again carries the same message ids, and duplicate detection drops it for ` +
        `${minutes(windowMs)} minutes after it first came`,
      fix: "Nothing, if the bridge ran again within that time; else consumers must drop repeats by message id.",
    };
  }
  const state = windowMs === 0 ? "is off" : "is not known to be on";
  return {
    meaning: `${cannot}; what is sent again may be a repeat, with the same message id, and duplicate detection ${state}`,
    fix:
      "Let consumers drop repeats by message id, or send to a queue created with duplicate detection (it cannot be " +
      "switched on later) and a window longer than the time between two runs, and state that window for this sink.",
  };
}

function minutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
