// The hub of the benchmark as a process of its own: the emulator, acknowledging late where asked to, and checking what came.
import { setTimeout as delay } from "node:timers/promises";
import { readSections } from "../../dev/amqp/sections.ts";
import { startEventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import type { RecordSet } from "../records.ts";
import { offer } from "../rpc.ts";
import { verify, type Verdict } from "../verify.ts";

export const HUB = "bench";

const emulator = await startEventHubsEmulator();
let exists = false;

export interface HubFigures {
  readonly batches: number;
  readonly bytes: number;
  /** Bytes of the transfers that brought them, of what as many could have held. */
  readonly fill: number;
  readonly senders: number;
}

/** The largest message of the Standard tier. */
const MAX_BYTES = 1_048_576;

/** Descriptor code of the section that begins with the message id. */
const PROPERTIES = 0x73;

const methods = {
  connectionString: () => ({ connectionString: emulator.connectionString(HUB) }),
  /** An empty hub; every send is acknowledged `latencyMs` after it came. */
  begin(partitionCount: number, latencyMs: number): void {
    if (exists) emulator.deleteHub(HUB);
    emulator.createHub({ name: HUB, partitionCount });
    exists = true;
    emulator.faults.clear();
    if (latencyMs > 0) emulator.faults.commitLate({ until: () => delay(latencyMs) });
  },
  figures(): HubFigures {
    const { batches, bytes, senders } = emulator.stats(HUB);
    return { batches, bytes, senders, fill: batches === 0 ? 0 : bytes / (batches * MAX_BYTES) };
  },
  /** Whether the hub holds each record of the sets once, byte for byte, and (where asked) in order per device. */
  verify: (sets: readonly RecordSet[], inOrder: boolean): Verdict => verify(emulator.messages(HUB), sets, inOrder),
  /** For sends without content: as many events as asked for, each with a message id of its own. */
  distinct: (): { readonly events: number; readonly ids: number } => {
    const ids = new Set<string>();
    let events = 0;
    for (const { message } of emulator.messages(HUB)) {
      events += 1;
      const section = readSections(message).find(({ code }) => code === PROPERTIES);
      ids.add(message.toString("latin1", section?.start, section?.end));
    }
    return { events, ids: ids.size };
  },
};
export type HubMethods = typeof methods;

offer(methods);
