// An IoT hub whose registry is empty at first: what its devices sent is looked at in the stand-in.
import { startIotHubSimulator } from "../../iot-hub-simulator/index.ts";
import type { StandIns } from "../stand-ins.ts";
import type { Network } from "./network.ts";
import { parsed, type DemoSink } from "./sink.ts";

export async function iotHubSink({ clock }: Pick<StandIns, "clock">, network: Network): Promise<DemoSink> {
  const simulator = await startIotHubSimulator({ now: () => clock.now });
  network.trust(simulator.caCertPem);
  return {
    name: "iot-hub",
    entry: { connectionStringSetting: "DEMO_REGISTRY" },
    environment: { DEMO_REGISTRY: simulator.serviceConnectionString() },
    goDown() {
      const fault = simulator.faults.answer("send", "quotaExceeded");
      return () => fault.clear();
    },
    read: async () =>
      simulator.messages.map(({ body, messageId, properties }) => ({ body: parsed(body), messageId, properties })),
    close: () => simulator.close(),
  };
}
