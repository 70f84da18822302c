// Opens one connection to a Kafka cluster with the client library, set up so that it never sends anything twice.
import type { ConnectionOptions } from "node:tls";
import type { Admin, KafkaConfig, Producer, SASLOptions } from "kafkajs";
import type { KafkaAddress } from "./kafka-address.ts";
import { createKafkaSockets, type KafkaSockets } from "./kafka-sockets.ts";
import { sendFailure, type SendFailure } from "./send-failure.ts";

export interface KafkaNetwork {
  /** Bound of one request, in the library too. */
  readonly timeoutMs: number;
  /** Certificate authorities of one's own. */
  readonly tls?: Pick<ConnectionOptions, "ca">;
}

export interface KafkaSession {
  readonly producer: Producer;
  /** Asks about topics, over a connection of its own. */
  readonly admin: Admin;
  readonly sockets: KafkaSockets;
}

/** Below the 240 seconds after which the network of Azure cuts connections without a word. */
export const mostIdleMs = 180_000;

/** Part of every request. */
const clientId = "microshare-bridge";

/**
 * Retries of the library are off, as they would repeat a batch that may have arrived; topics are not created by asking for
 * them. No transactions and no idempotent producer: they protect within one connection, and what is lost is the connection.
 *
 * @param onNoToken told why there is no token for an identity, as the library hides the reason.
 */
export async function openKafkaSession(
  library: typeof import("kafkajs"),
  address: KafkaAddress,
  network: KafkaNetwork,
  onNoToken: (failure: SendFailure) => void,
): Promise<KafkaSession> {
  const sockets = createKafkaSockets();
  const kafka = new library.Kafka({
    ...clientConfig(address, network, sockets, onNoToken),
    // Failures are reported by the sink, in words for the operator.
    logLevel: library.logLevel.NOTHING,
  });
  const producer = kafka.producer({
    createPartitioner: library.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    metadataMaxAge: mostIdleMs,
    idempotent: false,
    retry: { retries: 0 },
  });
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await producer.connect();
  } catch (error) {
    sockets.destroy();
    throw error;
  }
  return { producer, admin, sockets };
}

/** Without waiting for answers: the library would, and no byte must leave any more. */
export async function closeKafkaSession({ producer, admin, sockets }: KafkaSession): Promise<void> {
  const closed = Promise.allSettled([producer.disconnect(), admin.disconnect()]);
  sockets.destroy();
  await closed;
}

function clientConfig(
  address: KafkaAddress,
  { timeoutMs, tls }: KafkaNetwork,
  sockets: KafkaSockets,
  onNoToken: (failure: SendFailure) => void,
): KafkaConfig {
  const sasl = loginOf(address, onNoToken);
  return {
    clientId,
    brokers: [...address.brokers],
    ssl: address.tls && { ...tls },
    ...(sasl && { sasl }),
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries: 0 },
    socketFactory: ({ host, port, ssl, onConnect }) =>
      sockets.open({ host, port, ssl: address.tls ? ssl : undefined, onConnect }),
  };
}

function loginOf({ login }: KafkaAddress, onNoToken: (failure: SendFailure) => void): SASLOptions | undefined {
  if (login === undefined) return undefined;
  if (login.mechanism === "OAUTHBEARER") {
    const { token } = login;
    return {
      mechanism: "oauthbearer",
      async oauthBearerProvider() {
        try {
          return { value: await token() };
        } catch (error) {
          const isError = error instanceof Error;
          onNoToken(sendFailure("no-token", isError ? error.name : "Error", isError ? error.message : "", error));
          throw error;
        }
      },
    };
  }
  const { mechanism, username, password } = login;
  if (mechanism === "PLAIN") return { mechanism: "plain", username, password };
  return { mechanism: mechanism === "SCRAM-SHA-256" ? "scram-sha-256" : "scram-sha-512", username, password };
}
