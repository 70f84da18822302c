// Where Kafka brokers are and how to log in: checked here, so that no client error repeats a secret.
import type { TokenCredential } from "@azure/identity";
import { BridgeError } from "../errors.ts";
import { connectionStringParts, isForEmulator, namespaceHost } from "./connection-string.ts";

/**
 * Brokers of one's own, or the Kafka endpoint of an Event Hubs namespace: with a connection string (SASL PLAIN) or with an
 * identity (SASL OAUTHBEARER). `setting` is what the operator is told to correct.
 */
export type KafkaConnection =
  | {
      /** `host:port`, at least one. */
      readonly brokers: readonly string[];
      /** Default true. */
      readonly tls?: boolean;
      readonly login?: KafkaLogin;
      readonly setting: string;
    }
  | { readonly connectionString: string; readonly setting: string }
  | { readonly namespace: string; readonly credential: TokenCredential; readonly setting: string };

export interface KafkaLogin {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

export interface KafkaAddress {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly login?: KafkaLogin | { readonly mechanism: "OAUTHBEARER"; readonly token: () => Promise<string> };
  /** What a connection string of a single hub is for. */
  readonly onlyTopic?: string;
  /** For messages. */
  readonly host: string;
  readonly setting: string;
  readonly kind: "brokers" | "event-hubs-key" | "event-hubs-identity";
}

/** Of the Kafka endpoint of every namespace. */
const eventHubsPort = 9093;

/** Of the vendor's own emulator, which has neither TLS nor another port. */
const emulatorPort = 9092;

/** Throws `SETTINGS_INVALID`. No part of a secret appears in the error. */
export function readKafkaAddress(connection: KafkaConnection): KafkaAddress {
  const { setting } = connection;
  if ("brokers" in connection) return brokersAddress(connection);
  if ("namespace" in connection) {
    const { namespace, credential } = connection;
    const [host = ""] = namespace.split(":");
    const token = async (): Promise<string> => {
      const found = await credential.getToken(`https://${host}/.default`);
      return found?.token ?? "";
    };
    const login = { mechanism: "OAUTHBEARER", token } as const;
    const broker = withPort(namespace, eventHubsPort);
    return { brokers: [broker], tls: true, login, host: broker, setting, kind: "event-hubs-identity" };
  }
  const parts = connectionStringParts(connection.connectionString);
  const endpoint = namespaceHost(parts.get("endpoint"));
  if (endpoint === undefined) throw invalid(setting, "has no Endpoint=sb://<namespace>.servicebus.windows.net/");
  if (!parts.has("sharedaccesskeyname") || !parts.has("sharedaccesskey")) {
    throw invalid(
      setting,
      "has no SharedAccessKeyName with SharedAccessKey; a signature alone is refused by Kafka endpoints",
    );
  }
  const plain = isForEmulator(parts);
  const broker = withPort(endpoint, plain ? emulatorPort : eventHubsPort);
  const login = { mechanism: "PLAIN", username: "$ConnectionString", password: connection.connectionString } as const;
  const hub = parts.get("entitypath");
  const address = { brokers: [broker], tls: !plain, login, host: broker, setting, kind: "event-hubs-key" } as const;
  return hub === undefined || hub === "" ? address : { ...address, onlyTopic: hub };
}

function brokersAddress(connection: Extract<KafkaConnection, { readonly brokers: readonly string[] }>): KafkaAddress {
  const { brokers, tls = true, login, setting } = connection;
  const [first] = brokers;
  const wrong = brokers.find((broker) => !/^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/iu.test(broker));
  if (first === undefined || wrong !== undefined) {
    const what = wrong === undefined ? "names no broker" : `names "${wrong.slice(0, mostShown)}" as a broker`;
    throw new BridgeError("SETTINGS_INVALID", `The Kafka sink of ${setting} ${what}.`, {
      fix: `Give the brokers in ${setting} as host:port, for example kafka-1.example.com:9093.`,
    });
  }
  return { brokers, tls, ...(login && { login }), host: first, setting, kind: "brokers" };
}

const mostShown = 100;

function withPort(host: string, port: number): string {
  return /:\d+$/u.test(host) ? host : `${host}:${port}`;
}

function invalid(setting: string, what: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `The Event Hubs connection string in ${setting} ${what}.`, {
    fix:
      `Copy the connection string of a shared access policy with the Send right into ${setting}: of the namespace, or of ` +
      "the one hub that the sink sends to.",
  });
}
