// A batch for one partition of a topic: one produce request.
import type { KafkaClient } from "./kafka-client.ts";
import { mostMessageBytes, requestFrame, toKafkaMessage, type KafkaMessage } from "./kafka-message.ts";
import type { LaneBatch } from "./send-lane.ts";

/** With one partition in a request there is no partial success: all of it is stored, or nothing. */
export function openKafkaBatch(
  client: Pick<KafkaClient, "produce">,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  maxBytes: number,
): LaneBatch {
  const messages: KafkaMessage[] = [];
  let bytes = requestFrame;
  return {
    maxBytes,
    get bytes() {
      return bytes;
    },
    tryAdd(event) {
      const message = toKafkaMessage(event, partition);
      const more = mostMessageBytes(message);
      if (bytes + more > maxBytes) return false;
      messages.push(message);
      bytes += more;
      return true;
    },
    send: (signal, mayStart) => client.produce({ topic, partition, messages, signal, mayStart }),
  };
}
