// The queue of the webhook's benchmark as a process of its own: the Service Bus emulator, confirming late where asked to.
import { setTimeout as delay } from "node:timers/promises";
import { startServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import { offer } from "../rpc.ts";

const queues = Array.from({ length: 64 }, (_none, index) => ({ name: `q${index}`, duplicateDetectionMs: 600_000 }));
const emulator = await startServiceBusEmulator({ queues });
let used = -1;

export interface QueueContent {
  /** How often each message id is there. */
  readonly ids: Readonly<Record<string, number>>;
  readonly transfers: number;
  /** Repeats that duplicate detection dropped. */
  readonly dropped: number;
}

const methods = {
  /** An empty queue; every send is confirmed `latencyMs` after it came. */
  begin(latencyMs: number): { readonly connectionString: string } {
    used += 1;
    emulator.faults.clear();
    if (latencyMs > 0) emulator.faults.commitLate({ until: () => delay(latencyMs) });
    return { connectionString: emulator.connectionString(`q${used}`) };
  },
  content(): QueueContent {
    const ids: Record<string, number> = {};
    for (const { messageId = "" } of emulator.messages(`q${used}`)) ids[messageId] = (ids[messageId] ?? 0) + 1;
    const { transferBytes, duplicates } = emulator.stats(`q${used}`);
    return { ids, transfers: transferBytes.length, dropped: duplicates };
  },
};
export type QueueMethods = typeof methods;

offer(methods);
