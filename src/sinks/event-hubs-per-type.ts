// The sink with one event hub per record type: hubs are opened and created as types appear.
import type { TokenCredential } from "@azure/identity";
import { BridgeError } from "../errors.ts";
import type { SendReport, Sink } from "../pipeline/ports.ts";
import type { RetryPolicy } from "../retry.ts";
import { createSemaphore } from "../semaphore.ts";
import { readHubAddress, type HubConnectionOptions } from "./event-hubs-address.ts";
import { createEventHubsSink, type EventHubsSinkOptions } from "./event-hubs.ts";
import type { HubDirectory } from "./hub-directory.ts";
import { createHubLimit } from "./hub-limit.ts";
import { createHubNames, sameHub, type HubNameOptions } from "./hub-names.ts";
import { mergeReports } from "./merge-reports.ts";
import { createPerTypeHubs } from "./per-type-hubs.ts";
import { createPerTypeReadBack } from "./per-type-read-back.ts";

/** A connection string of the namespace, without `EntityPath`, or a namespace with an identity. */
export type NamespaceConnectionOptions =
  | { readonly connectionString: string }
  | { readonly namespace: string; readonly credential: TokenCredential };

export interface EventHubsPerTypeSinkOptions extends Omit<EventHubsSinkOptions, "connection">, HubNameOptions {
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
 * Order is kept per order key and record type: records of two types lie in two hubs. A hub that fails holds up its own type
 * alone; the report's `failure` is then set, and what the other hubs took is confirmed. A type whose name another type has
 * is not sent (`SINK_REFUSED`): nothing of it is lost, and the route stays blocked until the settings tell them apart.
 * Where a namespace takes no more hubs, the type goes to the shared hub (`takeWarnings`), or fails with `HUB_LIMIT_REACHED`.
 */
export function createEventHubsPerTypeSink(options: EventHubsPerTypeSinkOptions): Sink {
  const { connection, directory, freshHub, sharedHub } = options;
  // Any name will do: only the host is wanted.
  const { host } = readHubAddress(connectionTo(connection, "any"));
  const names = createHubNames(options);
  const openSink = (hub: string): Sink =>
    createEventHubsSink({ partitionsAtOnce, ...options, connection: connectionTo(connection, hub) });
  const hubs = createPerTypeHubs({ directory, clock: options, openSink, sharedHub, ...(freshHub && { freshHub }) });
  const limit = createHubLimit(host, sharedHub);
  const { settleMs } = openSink("any");

  async function sendTo(hub: string, ...[events, signal, ...more]: Parameters<Sink["send"]>): Promise<SendReport> {
    let opened = await hubs.open(hub, signal);
    // The time of another send was up while it opened the hub for both.
    while (opened.kind === "failed" && opened.error.code === "OUT_OF_TIME" && !signal.aborted) {
      opened = await hubs.open(hub, signal);
    }
    if (opened.kind === "failed") return nothingSent(opened.error);
    if (opened.kind === "full") {
      if (sharedHub === undefined || sameHub(hub) === sameHub(sharedHub)) return nothingSent(limit.error(hub));
      limit.note(events);
      return sendTo(sharedHub, events, signal, ...more);
    }
    const report = await hubs.sink(hub).send(events, signal, ...more);
    // Deleted under way. Created anew by the next send, not by this one: what is behind it must not overtake.
    if (report.failure?.code === "SINK_NOT_FOUND") hubs.forget(hub);
    return report;
  }

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

    async send(events, ...how) {
      const failures: SendReport[] = [];
      const byType = Map.groupBy(events, ({ properties }) => properties.recType);
      const sending = [...byType].flatMap(([recType, own]) => {
        const named = names.hubOf(recType);
        if ("hub" in named) return [sendTo(named.hub, own, ...how)];
        failures.push(nothingSent(named.error));
        return [];
      });
      const ended = await Promise.allSettled(sending);
      const reports = ended.map((end) => {
        if (end.status === "rejected") throw end.reason;
        return end.value;
      });
      return mergeReports([...reports, ...failures]);
    },

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
  if (/(?:^|;)\s*EntityPath\s*=/iu.test(connection.connectionString)) {
    throw new BridgeError("SETTINGS_INVALID", "The Event Hubs connection string is of one hub, not of the namespace.", {
      fix: "Copy the connection string of a shared access policy of the namespace itself: it has no EntityPath.",
    });
  }
  return { ...connection, hub };
}

function nothingSent(failure: BridgeError): SendReport {
  return { confirmed: [], refused: [], batches: 0, bytes: 0, failure };
}
