// npm run bench: the bridge against the obvious way and the floor, on the same records, in one go and in turns.
// `--set default|quick|full|huge` (`--quick` for short), `--only TEXT` picks scenarios by name, `--contender TEXT` contenders,
// `--rounds N`, `--json`, `--out FILE`, `--bundle FOLDER` for one built elsewhere, `--record` keeps the ratios for later checks.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { bundle, ROOT } from "../scripts/bundle.ts";
import { buildContenders } from "./built-contenders.ts";
import { deployedNodeArguments } from "./node-arguments.ts";
import { canPin, startServers } from "./processes.ts";
import { ratiosOf, grossLosses } from "./ratios.ts";
import { runScenario, type ScenarioResult } from "./run-scenario.ts";
import { scenariosOf, SETS, type SetName } from "./scenarios.ts";
import { tableOf } from "./table.ts";

const { values } = parseArgs({
  options: {
    set: { type: "string", default: "default" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    contender: { type: "string", default: "" },
    rounds: { type: "string" },
    json: { type: "boolean", default: false },
    out: { type: "string" },
    record: { type: "boolean", default: false },
    bundle: { type: "string" },
  },
});
const set = values.quick ? "quick" : setNamed(values.set);
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const scenarios = scenariosOf(set, rounds)
  .filter(({ name }) => name.includes(values.only))
  .map((one) => ({ ...one, entries: one.entries.filter(({ contender }) => contender.includes(values.contender)) }));
const say = values.json ? () => undefined : (text: string) => void process.stdout.write(`${text}\n`);

const folder = values.bundle ?? `${ROOT}dist`;
if (values.bundle === undefined) await bundle(folder);
const built = { bundle: folder, contenders: await buildContenders() };
const startedAt = performance.now();
const servers = await startServers();
const results: ScenarioResult[] = [];
try {
  for (const scenario of scenarios) {
    const result = await runScenario(scenario, servers, built, (line) => void process.stderr.write(`${line}\n`));
    results.push(result);
    say(tableOf(result));
    // Each time, so that a long measurement that is cut short is not lost.
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(reportOf(results), undefined, 2)}\n`);
  }
} finally {
  await servers.stop();
}
const report = reportOf(results);
if (values.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
for (const { what, value, target } of report.ratios) say(`${what}: ${value.toFixed(2)} (target ${target})`);
if (values.record) {
  const recorded = Object.fromEntries(report.ratios.map(({ what, value }) => [what, Math.round(value * 100) / 100]));
  writeFileSync(new URL("recorded-ratios.json", import.meta.url), `${JSON.stringify(recorded, undefined, 2)}\n`);
} else if (values.quick) {
  const losses = grossLosses(report.ratios);
  for (const loss of losses) process.stderr.write(`${loss}\n`);
  if (losses.length > 0) process.exitCode = 1;
}

function reportOf(scenarioResults: readonly ScenarioResult[]) {
  return {
    measuredAt: new Date().toISOString(),
    node: process.version,
    pinned: canPin,
    processor: `${cpus()[0]?.model ?? "an unknown processor"}, ${availableParallelism()} cores`,
    /** Work waiting for a core, by what the system tells: above the number of cores others were at work too. */
    load: loadavg()[0] ?? 0,
    minutes: (performance.now() - startedAt) / 60_000,
    nodeArguments: deployedNodeArguments().join(" "),
    set,
    scenarios: scenarioResults,
    ratios: ratiosOf(scenarioResults),
  };
}

function setNamed(name: string): SetName {
  const found = SETS.find((one) => one === name);
  if (found === undefined) throw new Error(`--set ${name}: one of ${SETS.join(", ")}`);
  return found;
}
