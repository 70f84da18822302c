// The plain event hub, read back with the SDK's own consumer.
import { readHub } from "../proof.ts";
import { HUB, type StandIns } from "../stand-ins.ts";
import { DISABLED, type DemoSink } from "./sink.ts";

export function eventHubSink({ hubs }: Pick<StandIns, "hubs">): DemoSink {
  return {
    name: "event-hub",
    entry: { connectionStringSetting: "EVENT_HUB_CONNECTION_STRING" },
    environment: { EVENT_HUB_CONNECTION_STRING: hubs.connectionString(HUB) },
    goDown() {
      const fault = hubs.faults.refuseAttach({ ...DISABLED, hub: HUB });
      return () => fault.clear();
    },
    read: () => readHub(hubs.connectionString(HUB), HUB),
    // Whoever started the stand-ins closes the emulator.
    close: () => Promise.resolve(),
  };
}
