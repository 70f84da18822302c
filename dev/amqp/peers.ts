// One client connection: its links, its claims, its end.
import type { Duplex } from "node:stream";
import type { Connection, EventContext, Message, Receiver, Sender, Session } from "rhea";
import { putToken } from "./cbs.ts";
import type { AmqpFault } from "./conditions.ts";
import type { OpenLink, Peer } from "./links.ts";
import type { AmqpNamespace } from "./namespace.ts";
import { pathOf } from "./paths.ts";
import { answerAtOnce } from "./prompt-answers.ts";
import { acceptSocket } from "./rhea-internals.ts";

/** What a service does with the links of its clients; `$cbs` is the same for all. */
export interface LinkService {
  /** The client sends on this one. */
  receiverOpened(receiver: Receiver, address: string | undefined, peer: Peer): SendingEnd;
  /** The client receives on this one; `replies` for the answers to its requests. */
  senderOpened(sender: Sender, address: string | undefined, peer: Peer): ReceivingEnd;
}

export type SendingEnd =
  | { readonly error: AmqpFault }
  | { readonly link: OpenLink }
  | { readonly answer: (request: Message) => Message };

export type ReceivingEnd = { readonly error: AmqpFault } | (OpenLink & { ended(): void }) | "replies";

const tokenService = "$cbs";

/** A link with what must happen when it ends, by whichever side. */
interface Kept {
  readonly session: Session;
  readonly link: OpenLink;
  ended(): void;
}

/** Serves a client until its socket ends. */
export function servePeer(
  connection: Connection,
  socket: Duplex,
  namespace: AmqpNamespace,
  service: LinkService,
): void {
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
  connection.on("error", (error: Error) => process.emitWarning(`${namespace.name}: ${error.stack ?? error.message}`));
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

  function receiverOpened(receiver: Receiver): void {
    const address = receiver.target?.address;
    if (address !== undefined && pathOf(address) === tokenService) {
      return serveRequests(receiver, (request) => putToken(request, peer, namespace));
    }
    const opened = service.receiverOpened(receiver, address, peer);
    if ("error" in opened) return receiver.close(opened.error);
    if ("answer" in opened) return serveRequests(receiver, opened.answer);
    keep(opened.link, receiver, () => undefined);
  }

  function senderOpened(sender: Sender): void {
    const address = sender.source?.address;
    const isTokenService = address !== undefined && pathOf(address) === tokenService;
    const opened = isTokenService ? "replies" : service.senderOpened(sender, address, peer);
    if (opened === "replies") {
      sender.set_source({ address: sender.source.address });
      sender.set_target({ address: sender.target?.address });
      // A request names the link to reply on by its name or by its target.
      for (const name of [sender.name, sender.target?.address]) replyLinks.set(name, sender);
      return;
    }
    if ("error" in opened) return sender.close(opened.error);
    keep(opened, sender, () => opened.ended());
  }

  function serveRequests(receiver: Receiver, answer: (request: Message) => Message): void {
    receiver.set_source({ address: receiver.source?.address });
    receiver.set_target({ address: receiver.target.address });
    receiver.on("message", ({ message, delivery }: EventContext) => {
      delivery?.accept();
      if (message === undefined) return;
      replyLinks.get(String(message["reply_to"]))?.send(answer(message));
    });
  }
}
