// The sink with one event hub per record type: hubs are opened and created as types appear.
import type { TokenCredential } from "@azure/identity";
import { BridgeError } from "../errors.ts";
import type { Sink } from "../pipeline/ports.ts";
import type { RetryPolicy } from "../retry.ts";
import { createSemaphore } from "../semaphore.ts";
import { connectionStringParts } from "./connection-string.ts";
import { readHubAddress, type HubConnectionOptions } from "./event-hubs-address.ts";
import { createEventHubsSink, type EventHubsSinkOptions } from "./event-hubs.ts";
import type { HubDirectory } from "./hub-directory.ts";
import { createHubLimit } from "./hub-limit.ts";
import { createHubNames, type HubNameOptions } from "./hub-names.ts";
import { createPerTypeHubs } from "./per-type-hubs.ts";
import { createPerTypeReadBack } from "./per-type-read-back.ts";
import { createPerTypeSending } from "./per-type-sending.ts";
import { throughputPace } from "./throughput-pace.ts";

/** A connection string of the namespace, without `EntityPath`, or a namespace with an identity. `setting` as for one hub. */
export type NamespaceConnectionOptions = { readonly setting?: string } & (
  | { readonly connectionString: string }
  | { readonly namespace: string; readonly credential: TokenCredential }
);

export interface EventHubsPerTypeSinkOptions extends Omit<EventHubsSinkOptions, "connection" | "pace">, HubNameOptions {
  readonly connection: NamespaceConnectionOptions;
  readonly directory: HubDirectory;
  /** How long a hub that was just created may take until it answers. Default ten tries, about a minute. */
  readonly freshHub?: RetryPolicy;
}

/** Of each hub; there may be ten of them, and each partition sent to holds a batch. */
const partitionsAtOnce = 4;
const hubsAtOnce = 4;

/**
 * Opens and creates nothing before the first `check` or `send`; `check` creates nothing at all. Throws `SETTINGS_INVALID`
 * for an unusable connection string and for hub names that cannot be.
 *
 * Order is kept per order key within each hub; records of two types lie in two hubs. A hub that fails holds up its own type
 * alone; the report's `failure` is then set, and what the other hubs took is confirmed. A type whose name another type has
 * is not sent (`SINK_REFUSED`): nothing of it is lost, and the route stays blocked until the settings tell them apart.
 * Where a namespace takes no more hubs, the type goes to the shared hub (`takeWarnings`), or fails with `HUB_LIMIT_REACHED`.
 */
export function createEventHubsPerTypeSink(options: EventHubsPerTypeSinkOptions): Sink {
  const { connection, directory, freshHub, sharedHub } = options;
  // Any name will do: only the host is wanted.
  const { host } = readHubAddress(connectionTo(connection, "any"));
  const names = createHubNames(options);
  const { throughputUnits: units } = options;
  // The units are the namespace's: all hubs together keep within them.
  const pace = units === undefined ? {} : { pace: throughputPace(units, options) };
  const openSink = (hub: string): Sink =>
    createEventHubsSink({ partitionsAtOnce, ...options, ...pace, connection: connectionTo(connection, hub) });
  const hubs = createPerTypeHubs({ directory, clock: options, openSink, sharedHub, ...(freshHub && { freshHub }) });
  const limit = createHubLimit(host, sharedHub);
  const { settleMs } = openSink("any");

  return {
    name: `event hubs per record type on ${host}`,
    ...(settleMs !== undefined && { settleMs }),
    readBack: createPerTypeReadBack({
      host,
      directory,
      hubs,
      isOurs: (hub) => names.isOurs(hub),
      mostMs: options.readBackMs ?? 120_000,
    }),

    async check(signal) {
      const places = createSemaphore(hubsAtOnce);
      const ours = (await directory.list(signal)).filter((hub) => names.isOurs(hub));
      const checks = ours.map((hub) => places.run(() => hubs.sink(hub).check(signal)));
      const failed = (await Promise.allSettled(checks)).find((end) => end.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },

    send: createPerTypeSending({ hubs, names, limit, sharedHub }),

    takeWarnings: () => limit.takeWarnings(),

    async close() {
      hubs.forgetAll();
      limit.forget();
      await hubs.close();
    },
  };
}

function connectionTo(connection: NamespaceConnectionOptions, hub: string): HubConnectionOptions {
  if ("namespace" in connection) return { ...connection, hub };
  if (connectionStringParts(connection.connectionString).has("entitypath")) {
    throw new BridgeError("SETTINGS_INVALID", "The Event Hubs connection string is of one hub, not of the namespace.", {
      fix: "Copy the connection string of a shared access policy of the namespace itself: it has no EntityPath.",
    });
  }
  return { ...connection, hub };
}
