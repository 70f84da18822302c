// A namespace without any hub, and the management call that creates them: read back hub by hub with the SDK's consumer.
import { startEventHubsEmulator } from "../../event-hubs-emulator/index.ts";
import { startAtomManagement } from "../../hub-management/atom.ts";
import type { StandIns } from "../stand-ins.ts";
import { readHub } from "../proof.ts";
import type { Network } from "./network.ts";
import { DISABLED, type DemoSink } from "./sink.ts";

const keys = [{ name: "demo", key: "demo-only-not-a-secret", rights: ["Manage"] }] as const;

export async function hubsPerTypeSink({ clock }: Pick<StandIns, "clock">, network: Network): Promise<DemoSink> {
  const emulator = await startEventHubsEmulator({ keys, now: () => clock.now });
  const management = await startAtomManagement({ keys, emulator, host: emulator.host });
  // In Azure port 443 of the namespace answers it.
  network.lead(`https://${emulator.host}:${emulator.port}`, management.url);
  const connectionString = emulator.connectionString();
  return {
    name: "event-hubs-per-type",
    entry: { connectionStringSetting: "DEMO_NAMESPACE" },
    environment: { DEMO_NAMESPACE: connectionString },
    goDown() {
      const fault = emulator.faults.refuseAttach(DISABLED);
      return () => fault.clear();
    },
    async read() {
      const hubs = await Promise.all(emulator.hubs.map((hub) => readHub(`${connectionString};EntityPath=${hub}`, hub)));
      return hubs.flat();
    },
    async close() {
      await Promise.all([management.close(), emulator.close()]);
    },
  };
}
