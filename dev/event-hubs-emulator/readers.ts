// Links on which clients receive: where they begin, who may read beside whom, and the flow of events.
import type { Sender } from "rhea";
import type { AmqpFault } from "../amqp/conditions.ts";
import type { OpenLink } from "../amqp/links.ts";
import { roomToSend } from "../amqp/rhea-internals.ts";
import type { Admitted, HubAddress } from "./admission.ts";
import { positionInvalid, selectorInvalid } from "./conditions.ts";
import { encodeDelivery } from "./event.ts";
import type { Namespace } from "./namespace.ts";
import { claimPartition } from "./reader-epochs.ts";
import { parseSelector } from "./selector.ts";
import type { Position } from "./selector.ts";
import { firstIndex } from "./store.ts";
import type { Partition, Reader } from "./store.ts";

/** Answers the attach of a client that may read here, or says why this reader cannot be. */
export function openReader(
  sender: Sender,
  address: Extract<HubAddress, { kind: "reader" }>,
  { hub, partition }: Required<Admitted>,
  namespace: Namespace,
): (OpenLink & { ended(): void }) | { readonly error: AmqpFault } {
  if (partition === undefined) return { error: selectorInvalid("no partition") };
  const start = startOf(sender, partition);
  if (typeof start !== "number") return { error: start };
  const epochText: unknown = sender.properties?.["com.microsoft:epoch"];
  const wantsEnd = String(sender.desired_capabilities ?? "").includes("com.microsoft:enable-receiver-runtime-metric");

  let next = start;
  let attached = false;
  let closed = false;
  const reader: Reader = {
    group: address.group,
    epoch: typeof epochText === "number" ? epochText : undefined,
    wake() {
      if (closed || !attached) return;
      next = Math.max(next, hub.firstSequence(partition));
      const last = partition.log.at(-1);
      const end = wantsEnd && last !== undefined ? { last, now: namespace.now() } : undefined;
      const stop = Math.min(partition.log.length, next + roomToSend(sender));
      for (; next < stop; next++) {
        const event = partition.log[next];
        if (event !== undefined) sender.send(encodeDelivery(event, end), undefined, 0);
      }
    },
    close(error) {
      if (closed) return false;
      ended();
      sender.close(error);
      return true;
    },
  };
  const refusal = claimPartition(partition, reader);
  if (refusal !== undefined) return { error: refusal };

  sender.set_source({ address: sender.source.address });
  sender.set_target({ address: sender.target.address });
  hub.stats.readers++;
  // rhea writes transfers before the answer to an attach when both are due; the answer is out in the next turn.
  setImmediate(() => {
    attached = true;
    reader.wake();
  });
  sender.on("sender_flow", () => reader.wake());
  sender.on("sendable", () => reader.wake());
  return {
    hub: address.hub,
    partition: address.partition,
    role: "receive",
    close: (error) => reader.close(error),
    ended,
  };

  function ended(): void {
    closed = true;
    partition?.readers.delete(reader);
  }
}

/** Sequence number of the first event to deliver. Without a filter, the oldest. */
function startOf(sender: Sender, partition: Partition): number | AmqpFault {
  const filter: unknown = sender.source.filter?.["apache.org:selector-filter:string"];
  if (filter === undefined) return 0;
  // rhea leaves a described value in its wrapping.
  const wrapped = typeof filter === "object" && filter !== null && "value" in filter ? filter.value : filter;
  const text = typeof wrapped === "string" ? wrapped : "";
  const position = parseSelector(text);
  return position === undefined ? selectorInvalid(text) : sequenceAt(position, partition);
}

/** A position behind the end of the partition is an error: what a reader meets whose hub was recreated. */
function sequenceAt(position: Position, { log }: Partition): number | AmqpFault {
  if (position.by === "latest") return Math.max(0, log.length - (position.inclusive ? 1 : 0));
  const { value, inclusive } = position;
  const last = log.at(-1);
  if (position.by === "sequenceNumber") {
    const end = last?.sequenceNumber ?? -1;
    if (value > end) return positionInvalid("sequence number", String(value), String(end));
    return Math.max(0, inclusive ? value : value + 1);
  }
  if (position.by === "offset") {
    const end = last?.offset ?? -1;
    if (value > end) return positionInvalid("offset", String(value), String(end));
    return firstIndex(log, ({ offset }) => (inclusive ? offset >= value : offset > value));
  }
  return firstIndex(log, ({ enqueuedAt }) => (inclusive ? enqueuedAt >= value : enqueuedAt > value));
}
