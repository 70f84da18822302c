// npm run simulate: many seeds of the whole pipeline in virtual time; `--seeds N`, `--from N`, or `--seed N` for the trace of one.
import { parseArgs } from "node:util";
import { simulate } from "../test/simulation/simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const began = performance.now();
const endings = new Map<string, number>();
const sums = { runs: 0, kills: 0, stored: 0, steps: 0 };
for (let seed = first; seed < first + count; seed += 1) {
  const { violations, trace, runs, kills, stored, steps, counts } = await simulate(seed);
  for (const [ending, times] of counts) endings.set(ending, (endings.get(ending) ?? 0) + times);
  sums.runs += runs;
  sums.kills += kills;
  sums.stored += stored;
  sums.steps += steps;
  if (values.seed !== undefined) process.stdout.write(`${trace.join("\n")}\n`);
  if (violations.length === 0) continue;
  const shown = values.seed === undefined ? trace.slice(-40) : [];
  process.stdout.write(`seed ${seed} fails:\n  ${violations.slice(0, 10).join("\n  ")}\n${shown.join("\n")}\n`);
  process.stdout.write(`Replay: npm run simulate -- --seed ${seed}\n`);
  process.exitCode = 1;
  break;
}
const seconds = (performance.now() - began) / 1000;
process.stdout.write(
  `${count} seeds, ${(count / seconds).toFixed(1)} a second: ${sums.runs} runs, ${sums.kills} kills, ${sums.stored} events, ${sums.steps} steps\n`,
);
process.stdout.write(`Endings: ${[...endings].map(([ending, times]) => `${ending} ${times}`).join(", ")}\n`);
