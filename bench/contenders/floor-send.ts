// The floor of sending: the SDK alone, full batches, several partitions at once, message id and four properties. The bodies
// were there before.
import { EventHubProducerClient, type EventData } from "@azure/event-hubs";
import { measured, task } from "../measure.ts";
import { recordWriter } from "../records.ts";

const { hub, sets } = task();
const [set] = sets;
if (set === undefined) throw new Error("no records to send");
const total = sets.reduce((sum, { count }) => sum + count, 0);
const writer = recordWriter(set);
/** A few megabytes, sent again and again: the content makes no difference. */
const bodies = Array.from({ length: 2000 }, (_, index) => {
  const body = Buffer.alloc(set.bytes);
  writer.write(body, 0, index % set.count);
  return body;
});
const producer = new EventHubProducerClient(hub);
const partitionIds = await producer.getPartitionIds();
let next = 0;

await measured(async () => void (await Promise.all(partitionIds.map(sendTo))));
await producer.close();

async function sendTo(partitionId: string): Promise<void> {
  let waiting: EventData | undefined;
  for (;;) {
    const batch = await producer.createBatch({ partitionId });
    for (;;) {
      waiting ??= event();
      if (waiting === undefined || !batch.tryAdd(waiting)) break;
      waiting = undefined;
    }
    if (batch.count === 0) return;
    await producer.sendBatch(batch);
  }
}

function event(): EventData | undefined {
  const body = bodies[next % bodies.length];
  if (next >= total || body === undefined) return undefined;
  next += 1;
  return {
    body,
    messageId: next.toString(16).padStart(32, "0"),
    contentType: "application/json",
    properties: { route: "feed0@event-hub", recType: set?.recType ?? "", recordKey: String(next), version: "1" },
  };
}
