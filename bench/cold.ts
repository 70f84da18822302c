// npm run bench:cold: how long the Functions worker waits for the app (importing its entry, which registers every function),
// and how long until a first run has loaded what every run needs and sends its first request. The package as it is deployed
// against the same code as `tsc` writes it, a file each, with its dependencies in node_modules; in turns. `--json`, `--rounds N`.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/bundle.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
/** Below the project, so that its node_modules is found. */
const UNBUNDLED = `${ROOT}package/unbundled`;
const PACKAGED = `${ROOT}package/app`;
const LOADER = `${ROOT}bench/contenders/load.ts`;
/** Of the unbundled time, at most. */
const TARGET = 0.5;
const MOST_MEGABYTES = 5;

/** What the plain settings ask for. Nothing listens on port 1. */
const SETTINGS = {
  MICROSHARE_USERNAME: "bench@example.com",
  MICROSHARE_PASSWORD: "password",
  MICROSHARE_API_KEY: "key",
  MICROSHARE_REC_TYPE: "com.example.bench",
  EVENT_HUB_CONNECTION_STRING:
    "Endpoint=sb://bench.servicebus.windows.net/;SharedAccessKeyName=bench;SharedAccessKey=YmVuY2g=;EntityPath=bench",
  AzureWebJobsStorage:
    "DefaultEndpointsProtocol=http;AccountName=bench;AccountKey=YmVuY2g=;TableEndpoint=http://127.0.0.1:1/bench;BlobEndpoint=http://127.0.0.1:1/bench",
};

run(`${ROOT}scripts/package.ts`);
writeUnbundled();
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
    `registered: ${inWords(registered)}\nfirst request of a first run: ${inWords(called)} (target <= ${TARGET})\n` +
      `app.zip: ${zipMegabytes.toFixed(2)} MB (target < ${MOST_MEGABYTES})\n`,
  );
}
// Registration alone has no target: packaged or not, it loads the Functions library and next to nothing else.
if (called.ratio > TARGET || zipMegabytes >= MOST_MEGABYTES) process.exitCode = 1;

interface Loaded {
  readonly registeredMs: number;
  readonly calledMs: number;
}

interface Compared {
  readonly packagedMs: number;
  readonly unbundledMs: number;
  readonly ratio: number;
}

function writeUnbundled(): void {
  rmSync(UNBUNDLED, { recursive: true, force: true });
  mkdirSync(UNBUNDLED, { recursive: true });
  const compilerOptions = {
    noEmit: false,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    rootDir: "../../src",
    outDir: "dist",
  };
  const config = { extends: "../../tsconfig.json", compilerOptions, include: [], files: ["../../src/main.ts"] };
  writeFileSync(`${UNBUNDLED}/tsconfig.json`, JSON.stringify(config));
  writeFileSync(`${UNBUNDLED}/package.json`, JSON.stringify({ type: "module" }));
  run(`${ROOT}node_modules/typescript/bin/tsc`, "-p", UNBUNDLED);
}

function load(folder: string): Loaded {
  return Object(JSON.parse(run(LOADER, `${folder}/dist/main.js`)));
}

/** What it prints. */
function run(script: string, ...more: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...more], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...SETTINGS },
  });
  if (status !== 0) throw new Error(`${script} ${more.join(" ")} failed: ${stderr}${stdout}`);
  return stdout;
}

/** Of the round that was disturbed least: whatever else the machine does only adds to a time. */
function compared(pick: (loaded: Loaded) => number): Compared {
  const packagedMs = Math.min(...packaged.map(pick));
  const unbundledMs = Math.min(...unbundled.map(pick));
  return { packagedMs, unbundledMs, ratio: packagedMs / unbundledMs };
}

function inWords({ packagedMs, unbundledMs, ratio }: Compared): string {
  return `packaged ${packagedMs.toFixed(0)} ms, unbundled ${unbundledMs.toFixed(0)} ms, ratio ${ratio.toFixed(2)}`;
}
