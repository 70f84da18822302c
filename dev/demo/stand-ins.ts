// Everything the bridge talks to, on free ports of this machine, with one simulated clock.
import { startAzurite, type Azurite } from "../azurite.ts";
import {
  startEventHubsEmulator,
  type EventHubsEmulator,
  type EventHubsEmulatorOptions,
} from "../event-hubs-emulator/index.ts";
import {
  startMicroshareSimulator,
  type MicroshareSimulator,
  type SimulatorOptions,
} from "../microshare-simulator/index.ts";

export interface StandIns extends AsyncDisposable {
  /** Milliseconds since 1970; the demo moves it. */
  readonly clock: { now: number };
  readonly azurite: Azurite;
  readonly microshare: MicroshareSimulator;
  readonly hubs: EventHubsEmulator;
  close(): Promise<void>;
}

export const HUB = "microshare";
export const HOUR_MS = 60 * 60 * 1000;
export const MINUTE_MS = 60 * 1000;

/**
 * The fleet has existed for a day; a part of its records comes late, is rewritten, or stands twice in the answers.
 * @param fleet changes to it.
 */
export async function startStandIns(
  seed: number,
  ears: Pick<SimulatorOptions, "onRequest"> & Pick<EventHubsEmulatorOptions, "onBytes"> = {},
  fleet: SimulatorOptions["fleet"] = {},
): Promise<StandIns> {
  const { onRequest, onBytes } = ears;
  const clock = { now: Date.UTC(2025, 2, 4, 8) };
  const [azurite, microshare, hubs] = await Promise.all([
    startAzurite(),
    startMicroshareSimulator({
      seed,
      clock: { now: () => clock.now },
      ...(onRequest === undefined ? {} : { onRequest }),
      fleet: {
        buildings: 2,
        roomsPerBuilding: 12,
        devicesPerRoom: 2,
        motionEveryMinutes: 5,
        peopleEveryMinutes: 15,
        lateShare: 0.03,
        rewrittenShare: 0.03,
        repeatedShare: 0.02,
        maxLateMs: 2 * HOUR_MS,
        ...fleet,
      },
    }),
    startEventHubsEmulator({
      hubs: [{ name: HUB, partitionCount: 4 }],
      now: () => clock.now,
      ...(onBytes === undefined ? {} : { onBytes }),
    }),
  ]);
  const close = async (): Promise<void> => {
    await Promise.allSettled([azurite.close(), microshare.close(), hubs.close()]);
  };
  return { clock, azurite, microshare, hubs, close, [Symbol.asyncDispose]: close };
}
