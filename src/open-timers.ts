// From the settings to what our own host remembers of its timers.
import { hostname } from "node:os";
import type { TimerMemory } from "./host/timer-memory.ts";
import { leaseTerms } from "./pipeline/lease.ts";
import type { Settings } from "./config/settings.ts";
import { storageConnection } from "./open-state.ts";
import { openTable } from "./state/storage-clients.ts";
import { tableTimers } from "./state/table-timers.ts";
import { wait } from "./wait.ts";

/** Constructs, and connects to nothing yet. `stop` ends the watching of a lease that a dead process left. */
export async function openTimerMemory(
  { state, leaseTermMs, sendTimeoutMs }: Settings,
  stop: AbortSignal,
): Promise<TimerMemory> {
  return tableTimers(openTable(await storageConnection(state.storage), state.table), {
    owner: `${hostname()} ${process.pid}`,
    // Real time: a lease is a promise to other processes.
    clock: { monotonicNow: () => performance.now(), wait },
    terms: leaseTerms(leaseTermMs, sendTimeoutMs),
    signal: stop,
  });
}
