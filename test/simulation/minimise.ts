// Cuts a life that fails down to what it takes to fail, and sees that this is met again to the last line.
import { simulate, type Simulated, type SimulateOptions } from "./simulate.ts";

export interface Minimal {
  /** Devices, runs and faults by name: without any one of them the life does not fail in this way. */
  readonly only: readonly string[];
  readonly simulated: Simulated;
  readonly tries: number;
  /** False when `mostTries` were not enough: more could be left out. */
  readonly isLeast: boolean;
}

/**
 * Leaves out halves, quarters and so on of what was there and struck, for as long as the life still fails in the same way
 * (delta debugging); then each single one. Throws when the seed does not fail, or when a life does not repeat itself.
 */
export async function minimise(
  seed: number,
  options: Pick<SimulateOptions, "spoil" | "withPush"> = {},
  mostTries = 600,
): Promise<Minimal> {
  const whole = await simulate(seed, options);
  const kind = whole.violations[0]?.split(":")[0];
  if (kind === undefined) throw new Error(`seed ${seed} does not fail`);
  let tries = 0;
  const fails = async (only: readonly string[]): Promise<Simulated | undefined> => {
    tries += 1;
    const simulated = await simulate(seed, { ...options, only: new Set(only) });
    return simulated.violations.some((violation) => violation.startsWith(`${kind}:`)) ? simulated : undefined;
  };
  let best = await fails(whole.struck);
  if (best === undefined || textOf(best) !== textOf(whole)) throw new Error(`seed ${seed} does not repeat itself`);

  let isLeast = false;
  for (let size = Math.ceil(best.struck.length / 2); tries < mostTries;) {
    let smaller: Simulated | undefined;
    for (let from = 0; from < best.struck.length && smaller === undefined && tries < mostTries; from += size) {
      // What is there first is needed most: begin at the end.
      const end = best.struck.length - from;
      smaller = await fails(best.struck.toSpliced(Math.max(0, end - size), Math.min(size, end)));
    }
    if (smaller !== undefined) best = smaller;
    else if (tries >= mostTries) break;
    else if (size === 1) {
      isLeast = true;
      break;
    } else size = Math.ceil(size / 2);
    size = Math.min(size, Math.max(1, Math.ceil(best.struck.length / 2)));
  }
  const again = await fails(best.struck);
  if (again === undefined || textOf(again) !== textOf(best)) throw new Error(`seed ${seed} does not repeat itself`);
  return { only: best.struck, simulated: best, tries, isLeast };
}

function textOf({ violations, trace }: Simulated): string {
  return [...violations, ...trace].join("\n");
}
