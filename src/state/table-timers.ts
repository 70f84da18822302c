// When each timer of our own host is due next, as rows of one partition of the state table.
import type { TableClient } from "@azure/data-tables";
import type { TimerMemory } from "../host/timer-memory.ts";
import { acquireLease, type LeaseClock, type LeaseTerms } from "../pipeline/lease.ts";
import { isoText } from "../pipeline/windows.ts";
import { stateTable } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLeases } from "./table-leases.ts";

/** No route has this key: an underscore in one is followed by two hex digits. */
const PARTITION = "_timers";

export interface TimerMemoryOptions {
  /** Names this process to those who find its lease. */
  readonly owner: string;
  readonly clock: LeaseClock;
  readonly terms: LeaseTerms;
  /** Ends the watching of a lease that another process left. */
  readonly signal: AbortSignal;
}

/** The lease of a timer is a row like that of a route. Throws `STATE_DENIED`, `STATE_UNAVAILABLE` and `STATE_UNREADABLE`. */
export function tableTimers(client: TableClient, options: TimerMemoryOptions): TimerMemory {
  const { owner, clock, terms, signal } = options;
  const table = stateTable(client, storagePolicy.operationTimeoutMs);
  const leases = tableLeases(table, client.tableName);

  async function next(timer: string): Promise<number | undefined> {
    const row = await table.get(PARTITION, timer);
    const time = Date.parse(String(row?.["next"]));
    return Number.isNaN(time) ? undefined : time;
  }

  async function keep(timer: string, time: number): Promise<void> {
    const row = { partitionKey: PARTITION, rowKey: timer, next: isoText(time) };
    const outcome = await table.submit([["merge", row]], "note when the timer is due");
    if (outcome.kind !== "done") throw stateError(outcome.error, client.tableName, "note when the timer is due");
  }

  return {
    next,
    keep,
    async alone(timer, due, work) {
      const route = `timer ${timer}`;
      const acquired = await acquireLease({
        route,
        owner,
        store: leases,
        clock,
        terms,
        seen: await leases.look(route),
        signal,
      });
      if (acquired.kind === "elsewhere") return "elsewhere";
      try {
        const noted = await next(timer);
        if (noted !== undefined && noted > due) return "elsewhere";
        const following = await work();
        // Whoever has taken over since, because this process stood still, notes the time himself.
        if (following !== undefined && acquired.keeper.maySendNow()) await keep(timer, following);
        return "done";
      } finally {
        await acquired.keeper.release();
      }
    },
  };
}
