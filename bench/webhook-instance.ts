// One instance of a contender of the webhook's benchmark: what it is given, and how it serves until its parent goes.
import type { HttpFunctionOptions } from "@azure/functions";
import { startHttpAdapter } from "../src/host/http-adapter.ts";

export const FUNCTION_KEY = "the function key of the benchmark, not a secret";

export interface WebhookTask {
  readonly connectionString: string;
  readonly queue: string;
}

export function webhookTask(): WebhookTask {
  const connectionString = process.argv[2] ?? "";
  return { connectionString, queue: /EntityPath=([^;]+)/.exec(connectionString)?.[1] ?? "" };
}

export async function serveAsInstance(functions: ReadonlyMap<string, HttpFunctionOptions>): Promise<void> {
  const adapter = await startHttpAdapter(functions, { port: 0, functionKey: FUNCTION_KEY, log });
  process.on("disconnect", () => process.exit());
  // Whatever else is said to it, it tells what it has used so far.
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system });
  });
  process.send?.({ url: adapter.url });
}

function log(level: string, line: string): void {
  if (level === "error") process.stderr.write(`${line}\n`);
}
