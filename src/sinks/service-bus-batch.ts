// A batch for a queue or topic: filled here, or by the SDK where it has sessions, and sent by the SDK.
import type { ServiceBusMessage, ServiceBusMessageBatch } from "@azure/service-bus";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { BatchBuffers } from "./batch-buffers.ts";
import { createEncodedBatch } from "./encoded-batch.ts";
import { eventWriter } from "./encoded-event.ts";
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
  buffers: BatchBuffers,
): Promise<LaneBatch> {
  const { sender } = client;
  const replace = (): void => client.replace(sender);
  abortSignal.addEventListener("abort", replace);
  const opened = await createBatch(sender, abortSignal).finally(() =>
    abortSignal.removeEventListener("abort", replace),
  );
  const { linkBytes } = opened;
  const batch = withSessions ? batchOfSdk(opened.batch) : batchOfOurs(Math.min(linkBytes, mostBatchBytes), buffers);
  let alone: ServiceBusMessage | undefined;
  return {
    maxBytes: linkBytes,
    get bytes() {
      return alone === undefined ? batch.bytes : bodyBytes(alone);
    },
    tryAdd(event) {
      if (alone !== undefined) return false;
      if (batch.tryAdd(event)) return true;
      if (batch.count > 0 || linkBytes <= mostBatchBytes) return false;
      const message = toServiceBusMessage(event, withSessions);
      if (bodyBytes(message) + roomForProperties > linkBytes) return false;
      alone = message;
      return true;
    },
    async send(signal, mayStart) {
      await sender.sendMessages(alone ?? batch.forSdk(), { abortSignal: guarded(signal, mayStart) });
      // Only now: until it is confirmed, some of it may still be on its way out of the buffer.
      batch.giveBack();
    },
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

interface EntityBatch {
  readonly bytes: number;
  readonly count: number;
  tryAdd(event: OutgoingEvent): boolean;
  forSdk(): ServiceBusMessageBatch;
  giveBack(): void;
}

/** Messages of a session have a field more, which is not worth a second form of our own. */
function batchOfSdk(batch: ServiceBusMessageBatch): EntityBatch {
  return {
    get bytes() {
      return batch.sizeInBytes;
    },
    get count() {
      return batch.count;
    },
    tryAdd: (event) => batch.tryAddMessage(toServiceBusMessage(event, true)),
    forSdk: () => batch,
    giveBack: () => undefined,
  };
}

/**
 * What the SDK 7.9.5 asks of a batch beside its public face: `sendMessages` calls `_generateMessage` for the bytes and looks
 * into `_messageSpanContexts`. The version is pinned, and a test holds these bytes against those of the SDK's own batch.
 */
interface EntitySdkBatch extends ServiceBusMessageBatch {
  readonly _messageSpanContexts: readonly never[];
  _generateMessage(): Buffer;
}

/** As `service-bus-message.ts` makes them, without a session. */
export function batchOfOurs(maxBytes: number, buffers: BatchBuffers): EntityBatch {
  const batch = createEncodedBatch(maxBytes, buffers, { writer: eventWriter(true), envelope: "of-first" });
  return {
    get bytes() {
      return batch.bytes;
    },
    get count() {
      return batch.count;
    },
    tryAdd: (event) => batch.tryAdd(event),
    forSdk(): EntitySdkBatch {
      return {
        maxSizeInBytes: maxBytes,
        sizeInBytes: batch.bytes,
        count: batch.count,
        tryAddMessage: () => false,
        _messageSpanContexts: [],
        _generateMessage: () => batch.message(),
      };
    },
    giveBack: () => batch.giveBack(),
  };
}

function bodyBytes({ body }: ServiceBusMessage): number {
  return Buffer.isBuffer(body) ? body.byteLength : 0;
}
