// npm run demo: the real timer handler over several simulated hours on embedded stand-ins, and the proof that the hub
// then holds every record once, in order per device. `--json` prints the counts, `--hours N` changes the length.
import { parseArgs } from "node:util";
import { demoSettings, runDemo } from "./demo/scenario.ts";
import { startStandIns } from "./demo/stand-ins.ts";
import { printProof, printRun, printTitle } from "./demo/table.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    hours: { type: "string", default: "8" },
    seed: { type: "string", default: "7" },
  },
});
const began = performance.now();
const print = values.json ? () => undefined : (line: string) => void process.stdout.write(`${line}\n`);

const standIns = await startStandIns(Number(values.seed));
try {
  printTitle(print);
  const proof = await runDemo(standIns, demoSettings(standIns), Number(values.hours), (at, invocation) =>
    printRun(at, invocation, print),
  );
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (values.json) process.stdout.write(`${JSON.stringify({ ...proof, seconds })}\n`);
  else printProof(proof, seconds, print);
  process.exitCode = proof.holds ? 0 : 1;
} finally {
  await standIns.close();
}
