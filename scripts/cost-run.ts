// The bridge in a process of its own, for scripts/cost-measure.ts: runs once per message and tells what the run took.
import { subscribe } from "node:diagnostics_channel";
import { fireTimer } from "../dev/demo/timer-host.ts";
import { bridgeOpener } from "../src/app.ts";
import { forwardHandler } from "../src/functions/forward.ts";
import type { RunUse } from "./cost-measure.ts";

let [apiCalls, storageCalls, now] = [0, 0, 0];
// Microshare is called by undici, storage by Node's own client.
subscribe("undici:request:create", () => void (apiCalls += 1));
subscribe("http.client.request.start", () => void (storageCalls += 1));

const handler = forwardHandler(
  bridgeOpener({
    environment: process.env,
    readFiles: () => ({ functionTimeout: "00:30:00" }),
    now: () => now,
    wait: async (_ms, signal) => signal.throwIfAborted(),
  }),
);

process.on("message", (time) => {
  now = Number(time);
  void run().then((use) => process.send?.(use));
});

async function run(): Promise<RunUse> {
  [apiCalls, storageCalls] = [0, 0];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { lines, summaries, error } = await fireTimer(handler);
  if (error !== undefined) throw new Error("the run failed", { cause: error });
  const { user, system } = process.cpuUsage(cpu);
  const sum = (name: string): number => summaries.reduce((total, summary) => total + Number(summary[name]), 0);
  return {
    outcomes: [...new Set(summaries.map(({ outcome }) => String(outcome)))],
    wallMs: Math.round(performance.now() - began),
    cpuMs: Math.round((user + system) / 1000),
    residentMB: Math.round(process.resourceUsage().maxRSS / 1024),
    apiCalls,
    storageCalls,
    logLines: lines.length,
    logBytes: lines.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0),
    delivered: sum("delivered"),
    read: sum("read"),
    bytesSent: sum("bytesSent"),
  };
}
