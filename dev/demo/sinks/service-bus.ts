// A queue without duplicate detection, so that a repeat would show: looked through to its end with the SDK's own receiver.
import { ServiceBusClient } from "@azure/service-bus";
import { startServiceBusEmulator } from "../../service-bus-emulator/index.ts";
import type { ProvenEvent } from "../proof.ts";
import type { StandIns } from "../stand-ins.ts";
import { DISABLED, parsed, type DemoSink } from "./sink.ts";

const QUEUE = "records";
const AT_ONCE = 250;

export async function serviceBusSink({ clock }: Pick<StandIns, "clock">): Promise<DemoSink> {
  const emulator = await startServiceBusEmulator({ queues: [{ name: QUEUE }], now: () => clock.now });
  return {
    name: "service-bus",
    entry: { connectionStringSetting: "DEMO_QUEUE", queue: QUEUE },
    environment: { DEMO_QUEUE: emulator.connectionString() },
    goDown() {
      const fault = emulator.faults.refuseAttach(DISABLED);
      return () => fault.clear();
    },
    read: () => peekAll(emulator.connectionString()),
    close: () => emulator.close(),
  };
}

async function peekAll(connectionString: string): Promise<readonly ProvenEvent[]> {
  const client = new ServiceBusClient(connectionString);
  try {
    const receiver = client.createReceiver(QUEUE, { skipParsingBodyAsJson: true });
    const events: ProvenEvent[] = [];
    for (;;) {
      // Each call goes on behind the last message of the one before.
      const messages = await receiver.peekMessages(AT_ONCE);
      if (messages.length === 0) return events;
      for (const { body, messageId, applicationProperties: properties } of messages)
        events.push({ body: parsed(body), messageId, properties });
    }
  } finally {
    await client.close();
  }
}
