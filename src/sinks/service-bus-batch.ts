// A batch for a queue or topic, as the SDK fills and sends it.
import type { ServiceBusMessage, ServiceBusMessageBatch } from "@azure/service-bus";
import { guarded } from "./guarded-signal.ts";
import type { LaneBatch } from "./send-lane.ts";
import type { EntityClient, EntitySender } from "./service-bus-client.ts";
import { toServiceBusMessage } from "./service-bus-message.ts";

/** On the Premium tier a single message may be larger than this, a batch may not. */
const mostBatchBytes = 1024 * 1024;

/** For the sections around a body that is sent alone: more than the properties of an event ever take. */
const roomForProperties = 16 * 1024;

/** Opens the link when it is not open, which proves the right to send. */
export async function openEntityBatch(
  client: Pick<EntityClient, "sender" | "replace">,
  withSessions: boolean,
  abortSignal: AbortSignal,
): Promise<LaneBatch> {
  const { sender } = client;
  const replace = (): void => client.replace(sender);
  abortSignal.addEventListener("abort", replace);
  const { batch, linkBytes } = await createBatch(sender, abortSignal).finally(() =>
    abortSignal.removeEventListener("abort", replace),
  );
  let alone: ServiceBusMessage | undefined;
  return {
    maxBytes: linkBytes,
    get bytes() {
      return alone === undefined ? batch.sizeInBytes : bodyBytes(alone);
    },
    tryAdd(event) {
      if (alone !== undefined) return false;
      const message = toServiceBusMessage(event, withSessions);
      if (batch.tryAddMessage(message)) return true;
      const fitsAlone = linkBytes > mostBatchBytes && bodyBytes(message) + roomForProperties <= linkBytes;
      if (batch.count > 0 || !fitsAlone) return false;
      alone = message;
      return true;
    },
    send: (signal, mayStart) => sender.sendMessages(alone ?? batch, { abortSignal: guarded(signal, mayStart) }),
  };
}

async function createBatch(
  sender: Pick<EntitySender, "createMessageBatch">,
  abortSignal: AbortSignal,
): Promise<{ readonly batch: ServiceBusMessageBatch; readonly linkBytes: number }> {
  const batch = await sender.createMessageBatch({ abortSignal });
  // A link without a limit gives a batch that never refuses, although its type promises a number.
  const announced: number | undefined = batch.maxSizeInBytes;
  if (announced !== undefined && announced <= mostBatchBytes) return { batch, linkBytes: announced };
  return {
    batch: await sender.createMessageBatch({ abortSignal, maxSizeInBytes: mostBatchBytes }),
    linkBytes: announced ?? mostBatchBytes,
  };
}

function bodyBytes({ body }: ServiceBusMessage): number {
  return Buffer.isBuffer(body) ? body.byteLength : 0;
}
