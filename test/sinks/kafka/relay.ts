// Stands between the sink and a real broker: drops, delays and changes answers, and asks for a login, which the broker cannot.
import { once } from "node:events";
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { makeCertificate } from "../../../dev/certificates.ts";
import { createFrames } from "../../../src/sinks/kafka-wire.ts";
import type { KafkaBroker } from "./broker.ts";
import { createLogin, type LoginWanted } from "./login.ts";
import { createProduceFaults, type ProduceFaults } from "./produce-faults.ts";
import { api, changeMetadata, framed, offerLogin, producedTo, readHead, type RequestHead } from "./wire.ts";

export interface KafkaRelayOptions {
  readonly tls?: boolean;
  readonly login?: LoginWanted;
  readonly missingTopics?: readonly string[];
}

export interface KafkaRelay {
  readonly address: string;
  readonly port: number;
  readonly caCertPem: string;
  readonly faults: ProduceFaults;
  /** Every produce request that came, with its size on the wire. */
  readonly produced: readonly { readonly topic: string; readonly partition: number; readonly bytes: number }[];
  /** How often each request came, by its API key. */
  readonly requests: ReadonlyMap<number, number>;
  readonly connections: number;
  closeConnections(): void;
  close(): Promise<void>;
}

export async function startKafkaRelay(broker: KafkaBroker, options: KafkaRelayOptions = {}): Promise<KafkaRelay> {
  const { keyPem, certPem } = makeCertificate();
  const faults = createProduceFaults();
  const missing = new Set(options.missingTopics);
  const produced: { topic: string; partition: number; bytes: number }[] = [];
  const requests = new Map<number, number>();
  const open = new Set<Socket>();

  function serve(client: Socket): void {
    const upstream = connect(broker.port, broker.host);
    open.add(client);
    const end = (): void => {
      open.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
    const awaited = new Map<number, (answer: Buffer) => void>();
    const login = options.login === undefined ? undefined : createLogin(options.login);

    const forward = (frame: Buffer, head: RequestHead, change: (answer: Buffer) => Buffer): void => {
      awaited.set(head.correlationId, (answer) => void client.write(framed(change(answer))));
      upstream.write(framed(frame));
    };

    const onRequest = (frame: Buffer): void => {
      const head = readHead(frame);
      requests.set(head.key, (requests.get(head.key) ?? 0) + 1);
      if (head.key === api.apiVersions) {
        forward(frame, head, (answer) => (login === undefined || head.version > 2 ? answer : offerLogin(answer)));
      } else if (login !== undefined && !login.done) {
        const answer = login.answer(frame, head);
        if (answer === undefined) end();
        else client.write(answer);
      } else if (head.key === api.metadata) {
        forward(frame, head, (answer) => changeMetadata(answer, portOf(server), missing));
      } else if (head.key === api.produce) {
        const to = producedTo(frame, head.bodyAt);
        produced.push({ ...to, bytes: frame.length + 4 });
        const { pass, onAnswer } = faults.next({ correlationId: head.correlationId, ...to, answer, end });
        if (pass) {
          awaited.set(head.correlationId, onAnswer);
          upstream.write(framed(frame));
        }
      } else forward(frame, head, (same) => same);
    };
    const answer = (bytes: Buffer): void => void client.write(bytes);

    client.on("data", createFrames(onRequest));
    upstream.on(
      "data",
      createFrames((frame) => {
        const correlationId = frame.readInt32BE(0);
        awaited.get(correlationId)?.(frame);
        awaited.delete(correlationId);
      }),
    );
  }

  const server = options.tls === true ? createTlsServer({ key: keyPem, cert: certPem }, serve) : createTcpServer(serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    get address() {
      return `127.0.0.1:${portOf(server)}`;
    },
    get port() {
      return portOf(server);
    },
    caCertPem: certPem,
    faults,
    produced,
    requests,
    get connections() {
      return open.size;
    },
    closeConnections() {
      for (const socket of open) socket.end();
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo | null;
  return address?.port ?? 0;
}
