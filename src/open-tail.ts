// From the settings to a reader of the hub that a sink sends to: for the command line alone.
import type { Environment } from "./config/load-settings.ts";
import type { Settings } from "./config/settings.ts";
import type { SinkSettings } from "./config/sink-settings.ts";
import { BridgeError } from "./errors.ts";
import { createCredential } from "./identity.ts";
import { proxyDispatcher } from "./proxy-dispatcher.ts";
import type { HubConnectionOptions } from "./sinks/event-hubs-address.ts";
import type { TailRequest } from "./sinks/tail-hub.ts";

/** One event as it lies in the hub. */
export type { ReceivedEventData as TailedEvent } from "@azure/event-hubs";

export interface TailOptions extends Pick<TailRequest, "signal" | "onReady" | "onEvents"> {
  /** Name of a sink; may be absent where there is one only that can be followed. */
  readonly sink?: string;
  /** For a sink with a hub per record type. */
  readonly hub?: string;
  /** Default: that of the sink. */
  readonly consumerGroup?: string;
  readonly since?: number;
}

/** Throws `ROUTE_UNKNOWN` for a sink that is not there or cannot be followed, and what `tailHub` throws. */
export async function openTail(settings: Settings, environment: Environment, options: TailOptions): Promise<void> {
  const { target } = followed(settings, options.sink);
  if (target.kind !== "event-hub" && target.kind !== "event-hubs-per-type") throw new TypeError("not an event hub");
  const hub = target.kind === "event-hub" ? target.hubName : options.hub;
  if (hub === undefined) {
    throw new BridgeError("ROUTE_UNKNOWN", "This sink has a hub for each record type", {
      fix: "Name one of them with --hub.",
    });
  }
  const { access, transport } = target;
  const connection: HubConnectionOptions =
    access.kind === "connection-string"
      ? { connectionString: access.connectionString, hub }
      : { namespace: access.namespace, hub, credential: await credentialFor(access.clientId, environment) };
  const dispatcher = proxyDispatcher(settings.proxy);
  const { tailHub } = await import("./sinks/tail-hub.ts");
  await tailHub({
    ...options,
    connection,
    network: { transport, timeoutMs: settings.sendTimeoutMs, ...(dispatcher === undefined ? {} : { dispatcher }) },
    consumerGroup: options.consumerGroup ?? target.consumerGroup,
  });
}

function followed({ routes }: Settings, name: string | undefined): SinkSettings {
  const sinks = [...new Map(routes.flatMap((one) => one.sinks).map((sink) => [sink.name, sink])).values()];
  const hubs = sinks.filter(({ target }) => target.kind === "event-hub" || target.kind === "event-hubs-per-type");
  const found =
    name === undefined ? (hubs.length === 1 ? hubs[0] : undefined) : hubs.find((sink) => sink.name === name);
  if (found !== undefined) return found;
  const names = hubs.map((sink) => sink.name).join(", ");
  const what =
    name === undefined
      ? `${hubs.length} sinks can be followed`
      : `There is no event hub with the name of a sink ${JSON.stringify(name)}`;
  throw new BridgeError("ROUTE_UNKNOWN", what, {
    fix: names === "" ? "Only event hubs can be followed." : `Name one of these with --sink: ${names}.`,
  });
}

function credentialFor(clientId: string | undefined, environment: Environment) {
  const inAzure = environment["IDENTITY_ENDPOINT"] !== undefined;
  return createCredential(inAzure ? "managed-identity" : "default", clientId);
}
