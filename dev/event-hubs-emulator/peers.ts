// One client connection: its links, its claims, its end.
import type { Duplex } from "node:stream";
import type { Connection, EventContext, Message, Receiver, Sender, Session } from "rhea";
import { parseAddress } from "./address.ts";
import { admit } from "./admission.ts";
import { putToken } from "./cbs.ts";
import { entityNotFound } from "./conditions.ts";
import type { OpenLink, Peer } from "./links.ts";
import { readRuntimeInformation } from "./management.ts";
import type { Namespace } from "./namespace.ts";
import { answerAtOnce } from "./prompt-answers.ts";
import { openReader } from "./readers.ts";
import { acceptSocket } from "./rhea-internals.ts";
import { openSendingLink } from "./senders.ts";

/** A link with what must happen when it ends, by whichever side. */
interface Kept {
  readonly session: Session;
  readonly link: OpenLink;
  ended(): void;
}

/** Serves a client until its socket ends. */
export function servePeer(connection: Connection, socket: Duplex, namespace: Namespace): void {
  const kept = new Set<Kept>();
  const replyLinks = new Map<string, Sender>();
  let gone = false;
  const peer: Peer = {
    claims: new Map(),
    get gone() {
      return gone;
    },
    close: (error) => connection.close(error),
    drop() {
      leave();
      socket.destroy(new Error("dropped on purpose")); // an error, so that rhea hears of it
    },
  };
  namespace.peers.add(peer);

  connection.on("receiver_open", ({ receiver }: EventContext) => {
    if (receiver !== undefined) receiverOpened(receiver);
  });
  connection.on("sender_open", ({ sender }: EventContext) => {
    if (sender !== undefined) senderOpened(sender);
  });
  connection.on("session_close", ({ session }: EventContext) => {
    for (const entry of kept) if (entry.session === session) forget(entry);
  });
  connection.on("connection_close", leave);
  connection.on("disconnected", leave);
  // A client that fails is the client's business; without listeners rhea would throw or print.
  for (const event of ["connection_error", "session_error", "receiver_error", "sender_error", "protocol_error"]) {
    connection.on(event, () => undefined);
  }
  // rhea catches what handlers throw, reports it here and ends the connection.
  connection.on("error", (error: Error) => process.emitWarning(`Event Hubs emulator: ${error.stack ?? error.message}`));
  acceptSocket(connection, socket);
  answerAtOnce(connection, socket);

  function leave(): void {
    gone = true;
    namespace.peers.delete(peer);
    for (const entry of kept) forget(entry);
  }

  function forget(entry: Kept): void {
    kept.delete(entry);
    namespace.links.delete(entry.link);
    entry.ended();
  }

  function keep(link: OpenLink, from: Sender | Receiver, ended: () => void): void {
    const entry = { session: from.session, link, ended };
    kept.add(entry);
    namespace.links.add(link);
    from.on(from.is_sender() ? "sender_close" : "receiver_close", () => forget(entry));
  }

  /** The client sends on this one. */
  function receiverOpened(receiver: Receiver): void {
    const text = receiver.target?.address;
    const address = parseAddress(text);
    if (address?.kind === "token-service") return serveRequests(receiver, putToken);
    if (address?.kind === "management") return serveRequests(receiver, readRuntimeInformation);
    if (address?.kind !== "hub") return receiver.close(entityNotFound(text));
    const admitted = admit(address, peer, namespace);
    if ("error" in admitted) return receiver.close(admitted.error);
    keep(openSendingLink(receiver, address, admitted, peer, namespace), receiver, () => undefined);
  }

  /** The client receives on this one. */
  function senderOpened(sender: Sender): void {
    const text = sender.source?.address;
    const address = parseAddress(text);
    if (address?.kind === "token-service" || address?.kind === "management") {
      sender.set_source({ address: sender.source.address });
      sender.set_target({ address: sender.target?.address });
      // A request names the link to reply on by its name or by its target.
      for (const name of [sender.name, sender.target?.address]) replyLinks.set(name, sender);
      return;
    }
    if (address?.kind !== "reader") return sender.close(entityNotFound(text));
    const admitted = admit(address, peer, namespace);
    if ("error" in admitted) return sender.close(admitted.error);
    const opened = openReader(sender, address, admitted, namespace);
    if ("error" in opened) return sender.close(opened.error);
    keep(opened, sender, () => opened.ended());
  }

  function serveRequests(
    receiver: Receiver,
    answer: (request: Message, peer: Peer, namespace: Namespace) => Message,
  ): void {
    receiver.set_source({ address: receiver.source?.address });
    receiver.set_target({ address: receiver.target.address });
    receiver.on("message", ({ message, delivery }: EventContext) => {
      delivery?.accept();
      if (message === undefined) return;
      replyLinks.get(String(message["reply_to"]))?.send(answer(message, peer, namespace));
    });
  }
}
