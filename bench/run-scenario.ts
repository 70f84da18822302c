// One scenario: its contenders in turns, each result verified before its figures count.
import { randomUUID } from "node:crypto";
import type { RecordSet } from "./records.ts";
import type { Used } from "./measure.ts";
import { runContender, type Servers } from "./processes.ts";
import type { Entry, Scenario } from "./scenarios.ts";

/** Medians of the rounds. */
export interface Figures {
  readonly contender: string;
  readonly concurrency: number;
  readonly asDeployed: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly cpuMicrosPerRecord: number;
  readonly peakMegabytes: number;
  /** Beyond the token. */
  readonly apiCalls: number;
  readonly hubBatches: number;
  /** Of what the batches could have held, 0 to 1. */
  readonly hubFill: number;
  readonly storageCalls: number;
}

export interface ScenarioResult extends Omit<Scenario, "entries" | "rounds"> {
  readonly figures: readonly Figures[];
}

export interface Built {
  /** Folder of the app's bundle. */
  readonly bundle: string;
  readonly contenders: URL;
}

const HOUR_MS = 3_600_000;

export async function runScenario(
  scenario: Scenario,
  servers: Servers,
  bundle: Built,
  tell: (line: string) => void,
): Promise<ScenarioResult> {
  const sets = setsOf(scenario);
  const measured = new Map<Entry, Figures[]>(scenario.entries.map((entry) => [entry, []]));
  for (let round = 1; round <= scenario.rounds; round += 1) {
    for (const [entry, rounds] of measured) {
      const figures = await runOnce(entry, scenario, sets, servers, bundle);
      rounds.push(figures);
      tell(
        `${scenario.name}, round ${round}: ${entry.contender} (${entry.concurrency}): ${Math.round(figures.recordsPerSecond)} records/s`,
      );
    }
  }
  const { entries: _, rounds: __, ...facts } = scenario;
  return { ...facts, figures: [...measured.values()].map(medians) };
}

/** The records lie in the last twenty hours, so that a run reads all of them and the next one some again. */
function setsOf({ records, recordBytes, feeds }: Scenario): readonly RecordSet[] {
  const from = Date.now() - 21 * HOUR_MS;
  return Array.from({ length: feeds }, (_, feed) => ({
    recType: `com.example.bench.feed${feed}`,
    count: Math.floor(records / feeds),
    bytes: recordBytes,
    from,
    spanMs: 20 * HOUR_MS,
  }));
}

async function runOnce(
  { contender, concurrency, runs, asDeployed }: Entry,
  scenario: Scenario,
  sets: readonly RecordSet[],
  { api, hub, azurite }: Servers,
  { bundle, contenders }: Built,
): Promise<Figures> {
  await hub.call("begin", scenario.partitions, scenario.hubLatencyMs);
  const task = {
    apiUrl: (await api.call("url")).url,
    hub: (await hub.call("connectionString")).connectionString,
    storage: azurite.connectionString,
    state: `b${randomUUID().replaceAll("-", "")}`,
    sets,
    pageSize: scenario.pageSize,
    concurrency,
    bundle,
  };
  let used: Used | undefined;
  for (let run = 1; run <= runs; run += 1) {
    await api.call("serve", sets, scenario.apiLatencyMs);
    used = await runContender(contender, task, asDeployed, contenders);
  }
  if (used === undefined) throw new Error("no runs");
  const [calls, figures] = await Promise.all([api.call("calls"), hub.call("figures")]);
  const records = sets.reduce((sum, { count }) => sum + count, 0);
  if (contender === "floor: send") {
    const { events, ids } = await hub.call("distinct");
    if (events !== records || ids !== records) throw new Error(`${contender}: ${events} events, ${ids} distinct`);
  } else if (contender !== "floor: read") {
    const verdict = await hub.call("verify", sets, contender === "bridge");
    if (!verdict.ok) throw new Error(`${contender}, ${scenario.name}: ${JSON.stringify(verdict)}`);
  }
  return {
    contender,
    concurrency,
    asDeployed,
    rounds: 1,
    seconds: used.seconds,
    recordsPerSecond: records / used.seconds,
    cpuMicrosPerRecord: used.cpuMicros / records,
    peakMegabytes: used.peakBytes / 2 ** 20,
    apiCalls: calls.list,
    hubBatches: figures.batches,
    hubFill: figures.fill,
    storageCalls: used.storageCalls,
  };
}

function medians(rounds: readonly Figures[]): Figures {
  const [first] = rounds;
  if (first === undefined) throw new Error("no rounds");
  const of = (pick: (figures: Figures) => number): number => {
    const sorted = rounds.map(pick).toSorted((one, other) => one - other);
    return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  };
  return {
    ...first,
    rounds: rounds.length,
    seconds: of((one) => one.seconds),
    recordsPerSecond: of((one) => one.recordsPerSecond),
    cpuMicrosPerRecord: of((one) => one.cpuMicrosPerRecord),
    peakMegabytes: of((one) => one.peakMegabytes),
    apiCalls: of((one) => one.apiCalls),
    hubBatches: of((one) => one.hubBatches),
    hubFill: of((one) => one.hubFill),
    storageCalls: of((one) => one.storageCalls),
  };
}
