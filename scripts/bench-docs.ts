// npm run bench:docs: writes docs/benchmarks.md from bench/results.json, which `npm run bench -- --out bench/results.json` left.
import { readFileSync, writeFileSync } from "node:fs";
import type { Ratio } from "../bench/ratios.ts";
import type { ScenarioResult } from "../bench/run-scenario.ts";
import { tableOf } from "../bench/table.ts";
import { ROOT } from "./bundle.ts";

interface Report {
  readonly measuredAt: string;
  readonly node: string;
  readonly pinned: boolean;
  readonly processor: string;
  readonly load: number;
  readonly minutes: number;
  /** Of Node on Azure. */
  readonly nodeArguments: string;
  readonly scenarios: readonly ScenarioResult[];
  readonly ratios: readonly Ratio[];
}

const report: Report = Object(JSON.parse(readFileSync(`${ROOT}bench/results.json`, "utf8")));
const rounds = Math.max(...report.scenarios.flatMap(({ figures }) => figures.map((one) => one.rounds)));
const page = `# Benchmarks

Written by \`npm run bench:docs\` from what \`npm run bench\` measured on ${report.measuredAt.slice(0, 10)}, with Node ${report.node} on ${report.processor}.
It took ${report.minutes.toFixed(0)} minutes. Figures of another machine differ; the ratios say much the same everywhere.${
  report.load > 4
    ? `
The machine had much other work meanwhile (load ${report.load.toFixed(0)}): what keeps a core busy, as the bridge does, comes off worse than what
mostly waits, as the obvious way does with latency. CPU per record, batches and calls are what can be relied on here.`
    : ""
}

## What is measured

All in one go and in turns, ${rounds === 1 ? "one round" : `medians of up to ${rounds} rounds`}. A result counts only once the hub was found to hold each record once, byte for
byte, and those of the bridge in order per device. API, hub and Azurite are processes of their own${report.pinned ? ", on one core together; the contender has the other core to itself" : ""}.
Records have 1,240 bytes unless a title says otherwise, pages 999 records, the hub four partitions and plain TCP.
"80/25 ms" is what the API waits before it sends a page and the hub before it acknowledges a batch.

| contender | what it does |
| --- | --- |
| bridge | the built bundle through the real timer handler, with every promise on: lease, ledger, checkpoints, mark for reading back, order per device |
| obvious | all pages, parsed, repeats dropped by a \`Set\`, batches of a hundred, one send at a time, nothing kept |
| floor: read | each page over HTTP and one \`JSON.parse\` |
| floor: send | the SDK alone: full batches, all partitions at once, message id and four properties |

CPU is that of all threads of the process while it works; packages were loaded before (\`npm run bench:cold\` measures that). Peak memory is the resident set of the whole
process. A storage call is one transaction.
The bridge runs with the arguments for Node that \`infra/\` sets on Azure, \`${report.nodeArguments}\`, unless a line says otherwise;
the obvious way without them and with them, and the ratios are against the faster of the two.

## Against the targets

| | measured | target | |
| --- | ---: | ---: | --- |
${report.ratios.map(rowOf).join("\n")}

## All figures

${report.scenarios.map(tableOf).join("\n")}`;
writeFileSync(`${ROOT}docs/benchmarks.md`, page);

function rowOf({ what, value, target }: Ratio): string {
  const [sign = "", limit = "0"] = target.split(" ");
  const reached =
    sign === ">=" ? value >= Number(limit) : sign === "<" ? value < Number(limit) : value <= Number(limit);
  return `| ${what} | ${value.toFixed(2)} | ${target} | ${reached ? "reached" : "not reached"} |`;
}
