// npm run simulate: many seeds of the whole pipeline in virtual time. `--seeds N`, `--from N`; `--seed N` for the trace of
// one; `--only "NAME; NAME"` limits that one to the devices, runs and faults named, as the report of a failure does.
// `--brief` tells of a failure without cutting it down; `--push` pushes records in every life, not in some only.
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { minimise } from "../test/simulation/minimise.ts";
import { simulate, type Simulated } from "../test/simulation/simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    only: { type: "string" },
    push: { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  throw new RangeError("--seeds, --from and --seed take whole numbers, and --seeds at least 1.");
}
const withPush = values.push ? { withPush: true } : {};
const only = values.only === undefined ? {} : { only: new Set(values.only.split("; ")) };
const began = performance.now();
const endings = new Map<string, number>();
const sums = { seeds: 0, runs: 0, kills: 0, stored: 0, steps: 0 };
let failed: Simulated | undefined;
for (let seed = first; seed < first + count && failed === undefined; seed += 1) {
  const simulated = await simulate(seed, { ...only, ...withPush });
  for (const [ending, times] of simulated.counts) endings.set(ending, (endings.get(ending) ?? 0) + times);
  sums.seeds += 1;
  sums.runs += simulated.runs;
  sums.kills += simulated.kills;
  sums.stored += simulated.stored;
  sums.steps += simulated.steps;
  if (values.seed !== undefined) tell(simulated);
  if (simulated.violations.length > 0) failed = simulated;
}
const seconds = (performance.now() - began) / 1000;
if (failed !== undefined) {
  process.exitCode = 1;
  process.stdout.write(`seed ${failed.seed} fails\n`);
  if (values.brief) process.stdout.write(`${failed.violations.slice(0, 5).join("\n")}\n`);
  else if (values.seed === undefined) await tellLeast(failed.seed);
}
process.stdout.write(
  `${sums.seeds} seeds, ${(sums.seeds / seconds).toFixed(1)} a second: ${sums.runs} runs, ${sums.kills} kills, ${sums.stored} events, ${sums.steps} steps\n`,
);
process.stdout.write(`Endings: ${[...endings].map(([ending, times]) => `${ending} ${times}`).join(", ")}\n`);

/** Trace, what does not hold, and a sum over both by which a replay shows that it is the same life. */
function tell({ trace, violations }: Simulated): void {
  const text = [...trace, ...violations.map((violation) => `!! ${violation}`)].join("\n");
  process.stdout.write(`${text}\nSum of the trace: ${createHash("sha256").update(text).digest("hex").slice(0, 16)}\n`);
}

async function tellLeast(seed: number): Promise<void> {
  const { only: needed, simulated, tries, isLeast } = await minimise(seed, withPush);
  const least = isLeast ? "none of these can be left out" : "more might be left out";
  process.stdout.write(`Cut down in ${tries} tries to ${needed.length} devices, runs and faults; ${least}:\n`);
  tell(simulated);
  process.stdout.write(
    `Replay:  npm run simulate -- --seed ${seed}${values.push ? " --push" : ""} --only "${needed.join("; ")}"\n`,
  );
  process.stdout.write(`All of it:  npm run simulate -- --seed ${seed}${values.push ? " --push" : ""}\n`);
}
