// npm run bench:cold: how long the Functions worker waits for the app (importing its entry, which registers every function),
// and how long until a first run has loaded what every run needs. The package as it is deployed against the same code with its
// dependencies left in node_modules, in turns. `--json`, `--rounds N`.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { ROOT } from "../scripts/bundle.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
/** Below the project, so that its node_modules is found. */
const UNBUNDLED = `${ROOT}package/unbundled`;
const PACKAGED = `${ROOT}package/app`;
const LOADER = `${ROOT}bench/contenders/load.ts`;

spawnSync(process.execPath, [`${ROOT}scripts/package.ts`], { stdio: "ignore" });
rmSync(UNBUNDLED, { recursive: true, force: true });
mkdirSync(UNBUNDLED, { recursive: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: ["src/main.ts"],
  outdir: `${UNBUNDLED}/dist`,
  bundle: true,
  // As in the package: what is loaded on demand stays so.
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node22",
});
writeFileSync(`${UNBUNDLED}/package.json`, JSON.stringify({ type: "module" }));

const packaged: Loaded[] = [];
const unbundled: Loaded[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  packaged.push(load(PACKAGED));
  unbundled.push(load(UNBUNDLED));
}
rmSync(UNBUNDLED, { recursive: true, force: true });
const zipBytes = statSync(`${ROOT}package/app.zip`).size;
const registered = compared(({ registeredMs }) => registeredMs);
const called = compared(({ calledMs }) => calledMs);
const zipMegabytes = zipBytes / 2 ** 20;
if (values.json) {
  process.stdout.write(`${JSON.stringify({ registered, called, zipBytes, rounds: Number(values.rounds) })}\n`);
} else {
  process.stdout.write(
    `registered: ${inWords(registered)}\nall loaded that a first run needs: ${inWords(called)} (target <= 0.5)\n` +
      `app.zip: ${zipMegabytes.toFixed(2)} MB (target < 5)\n`,
  );
}
if (called.ratio > 0.5 || zipMegabytes >= 5) process.exitCode = 1;

interface Loaded {
  readonly registeredMs: number;
  readonly calledMs: number;
}

interface Compared {
  readonly packagedMs: number;
  readonly unbundledMs: number;
  readonly ratio: number;
}

function load(folder: string): Loaded {
  const { stdout, stderr, status } = spawnSync(process.execPath, [LOADER, `${folder}/dist/main.js`], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${folder} does not load: ${stderr}`);
  return Object(JSON.parse(stdout));
}

function compared(pick: (loaded: Loaded) => number): Compared {
  const packagedMs = median(packaged.map(pick));
  const unbundledMs = median(unbundled.map(pick));
  return { packagedMs, unbundledMs, ratio: packagedMs / unbundledMs };
}

function inWords({ packagedMs, unbundledMs, ratio }: Compared): string {
  return `packaged ${packagedMs.toFixed(0)} ms, unbundled ${unbundledMs.toFixed(0)} ms, ratio ${ratio.toFixed(2)}`;
}

function median(all: readonly number[]): number {
  const sorted = all.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
