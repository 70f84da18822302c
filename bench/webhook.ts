// npm run bench:webhook: the webhook against a plain handler that sends one message per request, two instances each, in turns.
// `--quick`, `--rounds N`, `--seconds N`, `--connections N,N`, `--latency N,N`, `--json`, `--docs` writes docs/benchmarks-webhook.md.
import { availableParallelism, cpus, loadavg } from "node:os";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/bundle.ts";
import { canPin, pin, SERVER_CORE } from "./processes.ts";
import { startRemote } from "./rpc.ts";
import type { QueueMethods } from "./servers/queue.ts";
import { killUnderLoad, measureWebhook, type WebhookFigures } from "./webhook-load.ts";
import { webhookPage, type WebhookReport } from "./webhook-page.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    connections: { type: "string" },
    latency: { type: "string" },
    json: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const seconds = Number(values.seconds ?? (values.quick ? 2 : 5));
const connectionCounts = numbers(values.connections ?? (values.quick ? "128" : "32,256"));
const latencies = numbers(values.latency ?? (values.quick ? "0" : "0,25"));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const queue = startRemote<QueueMethods>(new URL("servers/queue.ts", import.meta.url));
const processor = `${cpus()[0]?.model ?? "an unknown processor"}, ${availableParallelism()} cores`;
// The load generator runs here.
for (const pid of [queue.pid, process.pid]) pin(pid, SERVER_CORE);
const figures: WebhookFigures[] = [];
let killed: WebhookReport["killed"];
try {
  killed = await killUnderLoad(queue, { connections: 16, seconds: values.quick ? 2 : 6 });
  say(`an instance killed under load: ${JSON.stringify(killed)}`);
  for (const latencyMs of latencies) {
    for (const connections of connectionCounts) {
      for (let round = 0; round < rounds; round += 1) {
        for (const contender of ["bridge", "plain", "floor"] as const) {
          // Nothing waits for the queue there.
          if (contender === "floor" && latencyMs !== latencies[0]) continue;
          const one = await measureWebhook(queue, { contender, latencyMs, connections, seconds });
          say(JSON.stringify(one));
          figures.push(one);
        }
      }
    }
  }
} finally {
  await queue.stop();
}

const report: WebhookReport = {
  measuredAt: new Date().toISOString(),
  node: process.version,
  processor,
  load: loadavg()[0] ?? 0,
  pinned: canPin,
  seconds,
  rounds,
  figures,
  killed,
};
if (values.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
else process.stdout.write(webhookPage(report));
if (values.docs) writeFileSync(`${ROOT}docs/benchmarks-webhook.md`, webhookPage(report));
if (killed.missing > 0 || killed.repeated > 0 || figures.some((one) => one.missing + one.repeated > 0))
  process.exitCode = 1;

function numbers(list: string): readonly number[] {
  return list.split(",").map(Number);
}
