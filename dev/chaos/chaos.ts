// The chaos proof: several worlds at once, as most of their time is waiting for the leases of the dead.
import { startAzurite } from "../azurite.ts";
import { startEventHubsEmulator } from "../event-hubs-emulator/index.ts";
import { startMicroshareSimulator } from "../microshare-simulator/index.ts";
import { judge, type ChaosFacts, type Verdict } from "./verdict.ts";
import { runWorld, type WorldResult } from "./world.ts";

export interface ChaosOptions {
  /** Folder of the built app: package.json, host.json, dist/. */
  readonly app: string;
  readonly kills: number;
  readonly seed: number;
  readonly trace?: (line: string) => void;
}

export interface ChaosReport extends ChaosFacts, Verdict {
  readonly seed: number;
  readonly seconds: number;
  /** Kills with a transfer that the hub had received and was to store later. */
  readonly killsBeforeStoring: number;
  /** Kills of a run that came after another kill. */
  readonly killsOfRecoveries: number;
  /** Events in the stored, unanswered transfers of all kills. */
  readonly eventsUnanswered: number;
  readonly recovered: number;
  readonly runs: number;
  readonly socketFaults: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly worlds: readonly WorldResult[];
}

/** More would keep a machine with two cores so busy that answers come late by themselves. */
const MOST_WORLDS = 12;
/** Small, so that a load takes several transfers on a partition. */
const MAX_MESSAGE_BYTES = 16 * 1024;

export async function chaos({ app, kills, seed, trace = () => undefined }: ChaosOptions): Promise<ChaosReport> {
  const began = performance.now();
  const names = Array.from({ length: Math.min(MOST_WORLDS, kills) }, (_, index) => `world${index + 1}`);
  const clock = { now: () => Date.now() };
  const [azurite, microshare, hubs] = await Promise.all([
    startAzurite(),
    startMicroshareSimulator({ seed, clock, fleet: { buildings: 0 } }),
    startEventHubsEmulator({
      hubs: names.map((name) => ({ name, partitionCount: 4 })),
      maxMessageBytes: MAX_MESSAGE_BYTES,
    }),
  ]);
  try {
    let number = 0;
    const nextKill = (): number | undefined => (number < kills ? number++ : undefined);
    const standIns = { azurite, microshare, hubs };
    const worlds = await Promise.all(names.map((world) => runWorld({ world, seed, app, standIns, nextKill, trace })));
    const facts = factsOf(worlds, kills);
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    return { seed, seconds, ...judge(facts), ...facts, ...extrasOf(worlds), worlds };
  } finally {
    await Promise.allSettled([azurite.close(), microshare.close(), hubs.close()]);
  }
}

function factsOf(worlds: readonly WorldResult[], killsAsked: number): ChaosFacts {
  const sum = (count: (world: WorldResult) => number): number =>
    worlds.reduce((total, world) => total + count(world), 0);
  const kills = worlds.flatMap((world) => world.kills);
  return {
    killsAsked,
    kills: kills.length,
    killsBeforeAnswer: kills.filter(({ storedTransfers }) => storedTransfers > 0).length,
    produced: sum(({ proof }) => proof.produced),
    delivered: sum(({ proof }) => proof.delivered),
    missing: sum(({ proof }) => proof.missing),
    unexpected: sum(({ proof }) => proof.unexpected),
    repeated: sum(({ proof }) => proof.repeated),
    outOfOrder: sum(({ proof }) => proof.outOfOrder),
    watermarkLooks: sum(({ watermarkLooks }) => watermarkLooks),
    watermarksMovedBack: worlds.flatMap(({ watermarksMovedBack }) => watermarksMovedBack),
    unfinished: worlds.flatMap(({ unfinished }) => unfinished ?? []),
  };
}

function extrasOf(worlds: readonly WorldResult[]) {
  const kills = worlds.flatMap((world) => world.kills);
  return {
    killsBeforeStoring: kills.filter(({ heldTransfers }) => heldTransfers > 0).length,
    killsOfRecoveries: kills.filter(({ afterKill }) => afterKill).length,
    eventsUnanswered: kills.reduce((total, { storedEvents }) => total + storedEvents, 0),
    recovered: worlds.reduce((total, world) => total + world.recovered, 0),
    runs: worlds.reduce((total, world) => total + world.runs, 0),
    socketFaults: added(worlds.map(({ socketFaults }) => socketFaults)),
    outcomes: added(worlds.map(({ outcomes }) => outcomes)),
  };
}

function added(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const one of all) for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
