// The sockets of the Kafka client: the last gate before a batch leaves, and the first to see its answer.
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import {
  createFrames,
  readProduceAnswer,
  readProduceRequest,
  type ProduceAnswer,
  type ProduceRequest,
} from "./kafka-wire.ts";

/** One try at one batch. What became of it is known here, whatever the client library says about it later. */
export interface BatchTicket {
  /** Asked when the bytes are about to be written, with nothing awaited in between. */
  readonly mayStart: () => boolean;
  /** Bytes of it were handed to the network. */
  left: boolean;
  answer?: ProduceAnswer;
}

export interface KafkaSockets {
  /** What the client library opens its sockets with. */
  readonly open: (to: SocketTarget) => Socket;
  /** Lets a batch for this partition pass; the returned function takes the permission back. */
  readonly admit: (topic: string, partition: number, ticket: BatchTicket) => () => void;
  /** At once, whatever is on its way: from then on no byte leaves. */
  readonly destroy: () => void;
}

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | undefined;
  readonly onConnect: () => void;
}

const keepAliveMs = 60_000;

/**
 * The client library awaits several things between being told to send and writing, and may queue the request. So each
 * produce request is held against its ticket at the moment of writing: without one, or when it may not start any more, the
 * connection is ended instead. Between two writes of one socket nothing else is changed.
 */
export function createKafkaSockets(): KafkaSockets {
  const tickets = new Map<string, BatchTicket>();
  const sockets = new Set<Socket>();
  let destroyed = false;

  /** Whether the bytes may be written; a produce request is then waiting for its answer. */
  function passes(request: ProduceRequest, awaited: Map<number, Awaited>): boolean {
    const ticket = tickets.get(keyOf(request.topic, request.partition));
    if (ticket === undefined || !ticket.mayStart()) return false;
    ticket.left = true;
    awaited.set(request.correlationId, { ticket, version: request.version });
    return true;
  }

  function guard(socket: Socket): void {
    const awaited = new Map<number, Awaited>();
    const write = socket.write.bind(socket);
    const guardedWrite = (bytes: Buffer): boolean => {
      const request = readProduceRequest(bytes);
      if (request === undefined || passes(request, awaited)) return write(bytes);
      socket.destroy(new Error("The batch was not allowed to leave any more."));
      return false;
    };
    // Node replaces it once more when the other side has ended.
    Object.defineProperty(socket, "write", { value: guardedWrite, writable: true, configurable: true });
    socket.on(
      "data",
      createFrames((frame) => {
        const correlationId = frame.readInt32BE(0);
        const waiting = awaited.get(correlationId);
        if (waiting === undefined) return;
        awaited.delete(correlationId);
        const answer = readProduceAnswer(frame, waiting.version);
        if (answer !== undefined) waiting.ticket.answer = answer;
      }),
    );
  }

  return {
    open({ host, port, ssl, onConnect }) {
      const servername = isIP(host) === 0 ? { servername: host } : {};
      const socket =
        ssl === undefined
          ? connectTcp({ host, port, noDelay: true }, onConnect)
          : connectTls({ host, port, ...servername, ...ssl }, onConnect);
      socket.setKeepAlive(true, keepAliveMs);
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      guard(socket);
      if (destroyed) socket.destroy();
      return socket;
    },
    admit(topic, partition, ticket) {
      const key = keyOf(topic, partition);
      tickets.set(key, ticket);
      return () => {
        if (tickets.get(key) === ticket) tickets.delete(key);
      };
    },
    destroy() {
      destroyed = true;
      tickets.clear();
      // With an error, as the library does not notice an end without one.
      for (const socket of sockets) socket.destroy(new Error("The connection was closed."));
    },
  };
}

interface Awaited {
  readonly ticket: BatchTicket;
  readonly version: number;
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
