// npm run demo -- --sink: the scenario with several sinks, from its start to what is printed.
import { leastHours, runSinks, type SinkProof } from "./all-sinks.ts";
import { printSinkProofs, printSinkRun, printSinksTitle } from "./sinks-table.ts";
import { demoSinkNames, missingHere, startSinks } from "./sinks/start.ts";
import { startStandIns } from "./stand-ins.ts";

export interface SinksDemo {
  /** `all`, or the name of one. */
  readonly sink: string;
  readonly seed: number;
  readonly json: boolean;
  /** At least so many; each sink needs an hour of its own. */
  readonly hours: number;
  readonly write: (line: string) => void;
}

export type SinksDemoEnd =
  | { readonly kind: "proved"; readonly holds: boolean; readonly proofs: readonly SinkProof[] }
  | { readonly kind: "no-sink"; readonly message: string };

export async function sinksDemo({ sink, seed, json, hours, write }: SinksDemo): Promise<SinksDemoEnd> {
  if (sink !== "all" && !demoSinkNames.includes(sink)) {
    const message = `The demo has no sink "${sink}". Give --sink all, or one of: ${demoSinkNames.join(", ")}.`;
    return { kind: "no-sink", message };
  }
  const missing = missingHere.get(sink);
  if (missing !== undefined) return { kind: "no-sink", message: missing };
  const began = performance.now();
  const print = json ? () => undefined : write;
  await using standIns = await startStandIns(seed, {}, SMALL_FLEET);
  await using started = await startSinks(sink, standIns);
  const { sinks, leftOut } = started;
  printSinksTitle(sinks, leftOut, print);
  const enough = Math.max(hours, leastHours(sinks));
  const held = await runSinks(standIns, sinks, enough, (run) => printSinkRun(run, print));
  const proofs = held.map((one) => one.prove(one.events));
  const holds = proofs.every((proof) => proof.holds);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (json) write(JSON.stringify({ holds, sinks: proofs, leftOut, seconds }));
  else printSinkProofs(proofs, seconds, print);
  return { kind: "proved", holds, proofs };
}

/** Every record goes to each of the sinks, so fewer of them show as much. */
export const SMALL_FLEET = { roomsPerBuilding: 4, motionEveryMinutes: 20 } as const;
