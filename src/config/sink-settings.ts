// The typed settings of sinks: what `readSinks` gives when every entry is right.
import type { EventHubSettings } from "./settings.ts";
import type { StartFrom } from "./start-from.ts";

export const SINK_KINDS = ["event-hub", "event-hubs-per-type", "service-bus", "iot-hub", "kafka"] as const;

/** Those that this version has a sink for: see `open-sink.ts`. */
export const AVAILABLE_KINDS: readonly SinkKind[] = SINK_KINDS;

export type SinkKind = (typeof SINK_KINDS)[number];

export const SINK_FORMATS = ["record", "envelope", "cloudevents", "cloudevents-binary"] as const;

export const AVAILABLE_FORMATS: readonly SinkFormat[] = SINK_FORMATS;

export type SinkFormat = (typeof SINK_FORMATS)[number];

/** Where events go. */
export interface SinkSettings {
  /** Stable for ever: the progress of its routes is saved under it. */
  readonly name: string;
  readonly format: SinkFormat;
  /** Where a route to it begins that has no progress yet; absent: where its feed begins. */
  readonly startFrom?: SinkStart;
  /** Only feeds that name it go there: not those that name no sinks. */
  readonly onlyNamed?: true;
  readonly target: SinkTarget;
}

/** `now`: what is new from the first attempt on. */
export type SinkStart = { readonly kind: "now" } | StartFrom;

export type SinkTarget =
  | ({ readonly kind: "event-hub" } & EventHubSettings)
  | HubsPerTypeTarget
  | ServiceBusTarget
  | IotHubTarget
  | KafkaTarget;

/** A connection string, and the app setting that an operator has to correct when the service refuses it. */
export interface NamedConnection {
  readonly kind: "connection-string";
  readonly setting: string;
  readonly connectionString: string;
}

export interface HubsPerTypeTarget {
  readonly kind: "event-hubs-per-type";
  /** Host of the namespace. */
  readonly host: string;
  readonly access:
    | NamedConnection
    | {
        readonly kind: "identity";
        readonly namespace: string;
        readonly subscriptionId: string;
        readonly resourceGroup: string;
        readonly clientId?: string;
      };
  readonly transport: "websocket" | "amqp";
  readonly consumerGroup: string;
  /** Of the namespace, for all hubs together. */
  readonly throughputUnits?: number;
  /** Of hubs that are created. */
  readonly partitionCount: number;
  readonly retentionDays: number;
  /** For record types that the namespace has no more hubs for. */
  readonly sharedHub?: string;
  /** In front of every name made from a record type. */
  readonly prefix?: string;
  /** Hub by record type, where the name made from it is not wanted. */
  readonly hubNames?: Readonly<Record<string, string>>;
}

export interface ServiceBusTarget {
  readonly kind: "service-bus";
  readonly host: string;
  /** Name of a queue or topic. */
  readonly entity: string;
  readonly access:
    | NamedConnection
    | { readonly kind: "identity"; readonly setting: string; readonly namespace: string; readonly clientId?: string };
  readonly transport: "websocket" | "amqp";
  readonly sessions: "none" | "per-device";
  readonly oneSessionPerBatch: boolean;
  /** As the queue or topic was created with; 0 for none, absent for unknown. */
  readonly duplicateDetectionMs?: number;
}

export interface IotHubTarget {
  readonly kind: "iot-hub";
  /** Of a service policy, which creates devices; or of each device. */
  readonly devices:
    | { readonly kind: "registry"; readonly service: NamedConnection }
    | { readonly kind: "given"; readonly devices: readonly NamedConnection[] };
  readonly deviceFor: "record-type" | "device" | { readonly all: string };
}

export interface KafkaTarget {
  readonly kind: "kafka";
  /** Absent: one topic per record type, named after it. */
  readonly topic?: string;
  readonly connection:
    | {
        readonly kind: "brokers";
        readonly setting: string;
        /** `host:port`; never empty. */
        readonly brokers: readonly string[];
        readonly tls: boolean;
        readonly login?: {
          readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
          readonly username: string;
          readonly password: string;
        };
      }
    /** The Kafka endpoint of an Event Hubs namespace. */
    | NamedConnection
    | { readonly kind: "identity"; readonly setting: string; readonly namespace: string; readonly clientId?: string };
}
