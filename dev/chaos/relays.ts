// The sockets of one world: a relay in front of the API, of the state table and of the hub.
import type { StandIns } from "../demo/stand-ins.ts";
import type { SocketFault } from "./plan.ts";
import { startSocketFaults } from "./socket-faults.ts";

export interface Relays {
  readonly apiPort: number;
  readonly storagePort: number;
  readonly hubPort: number;
  /** False when no connection was open: nothing happened then. */
  strike(where: SocketFault["where"], what: SocketFault["what"], lastsMs: number): boolean;
  close(): Promise<void>;
}

export async function startRelays(standIns: Pick<StandIns, "azurite" | "microshare" | "hubs">): Promise<Relays> {
  const [api, storage, hub] = await Promise.all([
    startSocketFaults(portOf(standIns.microshare.apiUrl)),
    startSocketFaults(portOf(standIns.azurite.tableUrl)),
    startSocketFaults(standIns.hubs.port),
  ]);
  const relays = { api, storage, hub };
  return {
    apiPort: api.port,
    storagePort: storage.port,
    hubPort: hub.port,
    strike(where, what, lastsMs) {
      const relay = relays[where];
      if (relay.connections === 0) return false;
      if (what === "cut") relay.cut();
      else if (what === "answers lost") relay.loseAnswers(lastsMs);
      else relay.delayAnswers(lastsMs);
      return true;
    },
    async close() {
      await Promise.all([api.close(), storage.close(), hub.close()]);
    },
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
