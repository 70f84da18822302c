// What one contender used, measured in its own process around the work alone.
import { subscribe } from "node:diagnostics_channel";

export interface Used {
  readonly seconds: number;
  /** Of all threads of the process, in microseconds. */
  readonly cpuMicros: number;
  /** Peak resident memory of the process since its start, in bytes. */
  readonly peakBytes: number;
  /** Requests to storage: one transaction each, as Azure bills them. */
  readonly storageCalls: number;
}

/** Runs the work and writes what it used to the parent process. */
export async function measured(work: () => Promise<void>): Promise<void> {
  let storageCalls = 0;
  // The Azure packages use Node's own HTTP client, and nothing else in these processes does.
  subscribe("http.client.request.start", () => (storageCalls += 1));
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  await work();
  const seconds = (performance.now() - before) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const used: Used = { seconds, cpuMicros: user + system, peakBytes, storageCalls };
  process.send?.(used);
  process.disconnect();
}

/** The task of this process, as the benchmark gave it. */
export function task(): Task {
  return Object(JSON.parse(process.argv[2] ?? "{}"));
}

export interface Task {
  readonly apiUrl: string;
  readonly hub: string;
  readonly storage: string;
  /** Name of the table and the container of this measurement alone. */
  readonly state: string;
  readonly sets: readonly {
    readonly recType: string;
    readonly count: number;
    readonly bytes: number;
    readonly from: number;
    readonly spanMs: number;
  }[];
  readonly pageSize: number;
  readonly concurrency: number;
  /** Folder of the bundle. */
  readonly bundle: string;
}
