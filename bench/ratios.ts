// The targets as ratios between what was measured in one run, which say the same on any machine.
import { readFileSync } from "node:fs";
import type { Figures, ScenarioResult } from "./run-scenario.ts";
import { nameOf } from "./table.ts";

export interface Ratio {
  readonly what: string;
  readonly value: number;
  /** `>= 4` or `<= 1.15`. */
  readonly target: string;
}

/** One for each target that these results can tell. */
export function ratiosOf(results: readonly ScenarioResult[]): readonly Ratio[] {
  return [...results.flatMap((result) => [...speeds(result), ...costs(result)]), ...memory(results)];
}

/** A first run of a thousand records is mostly its fixed cost, and has no target. */
const FEWEST = 10_000;

function speeds({ name, records, apiLatencyMs, figures }: ScenarioResult): readonly Ratio[] {
  const obvious = figures.filter(({ contender }) => contender === "obvious");
  if (obvious.length === 0 || records < FEWEST) return [];
  // With or without the arguments: whichever suits it.
  const fastest = Math.max(...obvious.map(({ recordsPerSecond }) => recordsPerSecond));
  return bridges(figures).map((one) => {
    const least = apiLatencyMs === 0 ? 1.5 : one.concurrency >= 4 ? 10 : 4;
    const value = one.recordsPerSecond / fastest;
    return { what: `${name}: ${nameOf(one)}: times the obvious way`, value, target: `>= ${least}` };
  });
}

function costs({ name, records, figures }: ScenarioResult): readonly Ratio[] {
  const floors = figures.filter(({ contender }) => contender.startsWith("floor"));
  const floor = floors.reduce((sum, one) => sum + one.cpuMicrosPerRecord, 0);
  return bridges(figures).flatMap((one): readonly Ratio[] => {
    const ratio = (what: string, value: number, target: string): Ratio => ({
      what: `${name}: ${nameOf(one)}: ${what}`,
      value,
      target,
    });
    if (name.includes("without news")) {
      return [
        ratio("storage calls", one.storageCalls, "<= 8"),
        ratio("API calls beyond the token", one.apiCalls, "<= 3"),
      ];
    }
    if (records < FEWEST) return [];
    return [
      ...(floors.length < 2
        ? []
        : [ratio("CPU per record, of the floor's", one.cpuMicrosPerRecord / floor, "<= 1.15")]),
      ratio("batch fill", one.hubFill, ">= 0.95"),
      ratio("storage calls per 10,000 records", (one.storageCalls / records) * 10_000, "<= 30"),
    ];
  });
}

/** Beyond 24 bytes for each id of the ledger. */
function memory(results: readonly ScenarioResult[]): readonly Ratio[] {
  const small = results.find(({ name }) => name === "30 k");
  const large = results.find(({ name }) => name === "300 k");
  if (small === undefined || large === undefined) return [];
  return bridges(large.figures).flatMap((one): readonly Ratio[] => {
    const same = bridges(small.figures).find((other) => nameOf(other) === nameOf(one));
    if (same === undefined) return [];
    const beyondLedger = one.peakMegabytes - (24 * large.records) / 2 ** 20;
    return [
      {
        what: `300 k: ${nameOf(one)}: peak memory, of that at 30 k`,
        value: beyondLedger / same.peakMegabytes,
        target: "<= 1.1",
      },
      { what: `300 k: ${nameOf(one)}: peak memory in MB`, value: one.peakMegabytes, target: "< 200" },
    ];
  });
}

function bridges(figures: readonly Figures[]): readonly Figures[] {
  return figures.filter(({ contender, asDeployed }) => contender === "bridge" && asDeployed);
}

/** Of what is recorded, before a check fails: machines and their neighbours differ, a mistake in the hot path shows as more. */
const TOLERANCE = 2;

/** What is worse by far than the recorded ratios, in words. */
export function grossLosses(
  ratios: readonly Ratio[],
  recorded: Readonly<Record<string, number>> = recordedRatios(),
): readonly string[] {
  return ratios.flatMap(({ what, value, target }) => {
    const before = recorded[what];
    if (before === undefined) return [];
    const worse = target.startsWith(">") ? before / value : value / before;
    return worse > TOLERANCE ? [`${what}: ${value.toFixed(2)}, recorded ${before.toFixed(2)}`] : [];
  });
}

function recordedRatios(): Readonly<Record<string, number>> {
  return Object(JSON.parse(readFileSync(new URL("recorded-ratios.json", import.meta.url), "utf8")));
}
