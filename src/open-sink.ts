// From the settings of one sink to the sink: called by the app alone. Each kind loads its own files, and only when it is used.
import type { TokenCredential } from "@azure/identity";
import type { Dispatcher } from "undici";
import type { Environment } from "./config/load-settings.ts";
import type { SinkSettings, SinkTarget } from "./config/sink-settings.ts";
import { createCredential } from "./identity.ts";
import type { Sink } from "./pipeline/ports.ts";
import { observedSink } from "./telemetry/observed-ports.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface SinkSurroundings {
  readonly sendTimeoutMs: number;
  /** The way through a proxy, where one is set. */
  readonly dispatcher: Dispatcher | undefined;
  readonly environment: Environment;
  readonly telemetry: Telemetry;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** Constructs, and connects to nothing yet. */
export async function openSink({ name, target }: SinkSettings, around: SinkSurroundings): Promise<Sink> {
  const opened = await openTarget(target, around);
  return observedSink({ ...opened.sink, name }, opened.place, around.telemetry);
}

type Opened = { readonly sink: Sink; readonly place: Parameters<typeof observedSink>[1] };

async function openTarget(target: SinkTarget, around: SinkSurroundings): Promise<Opened> {
  if (target.kind === "event-hub") return openEventHub(target, around);
  throw new Error(`no sink of the kind ${target.kind} is part of this version`);
}

async function openEventHub(
  { access, host, hubName: hub, transport, consumerGroup }: SinkTarget & { kind: "event-hub" },
  around: SinkSurroundings,
): Promise<Opened> {
  const { createEventHubsSink } = await import("./sinks/event-hubs.ts");
  const connection =
    access.kind === "connection-string"
      ? { connectionString: access.connectionString, hub }
      : { namespace: access.namespace, hub, credential: await credentialFor(access.clientId, around) };
  const sink = createEventHubsSink({ connection, transport, consumerGroup, ...common(around) });
  return { sink, place: { host, hub } };
}

function common({ sendTimeoutMs, dispatcher, telemetry, now, wait, random }: SinkSurroundings) {
  return {
    sendTimeoutMs,
    now,
    wait,
    random,
    ...(dispatcher === undefined ? {} : { dispatcher }),
    ...(telemetry.on ? { onBatch: ({ bytes }: { readonly bytes: number }) => telemetry.batch(bytes) } : {}),
  };
}

async function credentialFor(
  clientId: string | undefined,
  { environment }: SinkSurroundings,
): Promise<TokenCredential> {
  // The platform sets it wherever a managed identity can be asked for a token.
  const inAzure = environment["IDENTITY_ENDPOINT"] !== undefined;
  return createCredential(inAzure ? "managed-identity" : "default", clientId);
}
