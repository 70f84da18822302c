// Links on which clients receive: messages are locked, handed out for credit, and settled one by one.
import { randomUUID } from "node:crypto";
import rhea from "rhea";
import type { Delivery, EventContext, Sender } from "rhea";
import type { AmqpFault } from "../amqp/conditions.ts";
import type { OpenLink } from "../amqp/links.ts";
import type { ReceivingEnd } from "../amqp/peers.ts";
import { announceProperties, roomToSend, settleDelivery } from "../amqp/rhea-internals.ts";
import type { Box, Lock } from "./box.ts";
import { noSession, notImplemented, sessionsRequired, sessionsUnknown, sessionTaken } from "./conditions.ts";
import { encodeDelivery } from "./message.ts";

const sessionFilter = "com.microsoft:session-filter";
/** As the service counts time: ticks of 100 ns since the year 1. */
const ticksOf = (atMs: number): bigint => BigInt(atMs) * 10_000n + 621_355_968_000_000_000n;
const sessionLockMs = 60_000;

/** Answers the attach of a client that may receive here, or says why it may not. */
export function openReceivingLink(
  sender: Sender,
  box: Box,
  place: { readonly hub: string; readonly path: string; now(): number },
): ReceivingEnd {
  const settledAtOnce: unknown = Reflect.get(sender, "snd_settle_mode");
  if (settledAtOnce === 1) return { error: notImplemented("receiving and deleting in one step") };
  const granted = sessionOf(sender, box, place.path);
  if ("condition" in granted) return { error: granted };
  const { session } = granted;

  const locks = new Map<number, Lock>();
  let attached = false;
  let closed = false;
  sender.set_source({
    address: sender.source.address,
    ...(session === undefined ? {} : { filter: { [sessionFilter]: session } }),
  });
  sender.set_target({ address: sender.target?.address });
  if (session !== undefined) {
    const until = Buffer.alloc(8);
    until.writeBigInt64BE(ticksOf(place.now() + sessionLockMs));
    announceProperties(sender, { "com.microsoft:locked-until-utc": rhea.types.wrap_long(until) });
  }
  box.waiting.add(wake);
  // rhea writes transfers before the answer to an attach when both are due; the answer is out in the next turn.
  setImmediate(() => {
    attached = true;
    wake();
  });
  sender.on("sender_flow", wake);
  sender.on("sender_draining", () => sender.set_drained(true));
  sender.on("sendable", wake);
  sender.on("accepted", (context: EventContext) => settle(context.delivery, "complete"));
  // rhea reports `modified` as released too.
  sender.on("released", (context: EventContext) => settle(context.delivery, "abandon"));
  sender.on("rejected", (context: EventContext) => settle(context.delivery, "dead-letter"));

  const link: OpenLink = {
    hub: place.hub,
    partition: undefined,
    role: "receive",
    close(error) {
      if (closed) return false;
      ended();
      sender.close(error);
      return true;
    },
  };
  return { ...link, ended };

  function wake(): void {
    if (closed || !attached) return;
    for (let room = roomToSend(sender); room > 0; room--) {
      const lock = box.lockNext(session);
      if (lock === undefined) return;
      // The lock token: receivers read the delivery tag as one.
      const tag = Buffer.from(randomUUID().replaceAll("-", ""), "hex");
      const delivery = sender.send(encodeDelivery(lock.kept, lock), tag, 0);
      locks.set(delivery.id, lock);
    }
  }

  function settle(delivery: Delivery | undefined, how: "complete" | "abandon" | "dead-letter"): void {
    const lock = delivery === undefined ? undefined : locks.get(delivery.id);
    if (delivery === undefined || lock === undefined) return;
    locks.delete(delivery.id);
    settleDelivery(delivery, box.settle(lock, how));
  }

  /** Locks of messages stay until they expire, as in the service; those of a session go with it. */
  function ended(): void {
    if (closed) return;
    closed = true;
    box.waiting.delete(wake);
    if (session !== undefined) box.freeSession(session);
  }
}

/** The session that this link gets; none where the box has none. */
function sessionOf(sender: Sender, box: Box, path: string): { readonly session: string | undefined } | AmqpFault {
  const filter: Readonly<Record<string, unknown>> | undefined = sender.source.filter;
  const asksForSession = filter !== undefined && sessionFilter in filter;
  if (!asksForSession) return box.requiresSession ? sessionsRequired(path) : { session: undefined };
  if (!box.requiresSession) return sessionsUnknown(path);
  const wanted = filter[sessionFilter];
  const named = typeof wanted === "string" ? wanted : undefined;
  const session = box.lockSession(named);
  if (session !== undefined) return { session };
  return named === undefined ? noSession() : sessionTaken(named);
}
