// npm run chaos: the built app in processes that are killed at random moments, and the proof that nothing was lost or
// repeated. `--kills N` (default 100), `--seed N` (default 1), `--json` prints the counts alone,
// `--trace` tells on standard error what happens.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chaos } from "../dev/chaos/chaos.ts";
import { BROKEN_EXIT_CODE } from "../dev/chaos/verdict.ts";
import { printChaos } from "../dev/chaos/table.ts";
import { bundle, ROOT } from "./bundle.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const app = await mkdtemp(join(tmpdir(), "bridge-chaos-"));
try {
  // As `npm run build` makes it, in a folder of its own: another build must not take it away meanwhile.
  await bundle(join(app, "dist"));
  await cp(`${ROOT}host.json`, join(app, "host.json"));
  await writeFile(join(app, "package.json"), JSON.stringify({ type: "module", main: "dist/main.js" }));
  const trace = (line: string): void => void (values.trace && process.stderr.write(`${line}\n`));
  const report = await chaos({ app, kills: Number(values.kills), seed: Number(values.seed), trace });
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else printChaos(report, (line) => void process.stdout.write(`${line}\n`));
  process.exitCode = report.holds ? 0 : report.counts ? BROKEN_EXIT_CODE : 1;
} finally {
  await rm(app, { recursive: true, force: true });
}
