// npm run demo: the real timer handler over several simulated hours on embedded stand-ins, and the proof that the hub
// then holds every record once, in order per device. `--json` prints the counts, `--hours N` changes the length;
// `--sink all` or `--sink NAME` sends to other sinks; `--mail` shows a notification by e-mail instead;
// `--dashboard` goes on hour by hour, until Ctrl-C, with `bridge dashboard` over it.
import { once } from "node:events";
import { parseArgs } from "node:util";
import { demoSettings, runDemo } from "./demo/scenario.ts";
import { startStandIns } from "./demo/stand-ins.ts";
import { printProof, printRun, printTitle } from "./demo/table.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    hours: { type: "string" },
    seed: { type: "string", default: "7" },
    sink: { type: "string" },
    mail: { type: "boolean", default: false },
    dashboard: { type: "boolean", default: false },
  },
});
const { json, sink } = values;
const seed = Number(values.seed);
const write = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.dashboard) {
  const { dashboardDemo } = await import("./demo/dashboard-demo.ts");
  await dashboardDemo({ seed, write, stop: interrupted() });
} else if (values.mail) {
  const { mailDemo } = await import("./demo/mail-demo.ts");
  const holds = await mailDemo({ write, look: keepOpen });
  process.exitCode = holds ? 0 : 1;
} else if (sink === undefined) await plainDemo(Number(values.hours ?? "8"));
else {
  // Only here: the other sinks take their time to load.
  const { sinksDemo } = await import("./demo/sinks-demo.ts");
  const ended = await sinksDemo({ sink, seed, json, hours: Number(values.hours ?? "0"), write });
  if (ended.kind === "no-sink") process.stderr.write(`${ended.message}\n`);
  process.exitCode = ended.kind === "proved" && ended.holds ? 0 : 1;
}

async function plainDemo(hours: number): Promise<void> {
  const began = performance.now();
  const print = json ? () => undefined : write;
  const standIns = await startStandIns(seed);
  try {
    printTitle(print);
    const proof = await runDemo(standIns, demoSettings(standIns), hours, (at, invocation) =>
      printRun(at, invocation, print),
    );
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    if (json) write(JSON.stringify({ ...proof, seconds }));
    else printProof(proof, seconds, print);
    process.exitCode = proof.holds ? 0 : 1;
  } finally {
    await standIns.close();
  }
}

/** Aborts at Ctrl-C. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** Who sits at a terminal can look at the mailbox; nobody else waits for it. */
async function keepOpen(mailboxUrl: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  write(`Open ${mailboxUrl} in a browser; Enter ends the demo.`);
  await once(process.stdin, "data");
  process.stdin.unref();
}
