// The checkpoint store in memory, for tests and the simulation: same promises, same limits, no storage account.
import type { CheckpointStore, DeadLetterEntry, LeaseStore, LedgerSegment, RunRow, Saved } from "../pipeline/ports.ts";
import type { DeadLetterRows } from "./dead-letter-replay.ts";
import { memoryDeadLetterRows } from "./memory-dead-letter-rows.ts";
import { memoryLeases } from "./memory-leases.ts";
import { runHistory } from "./run-rows.ts";
import { saveConflict } from "./save-errors.ts";
import { saveOperations } from "./save-operations.ts";
import { assertFits } from "./table-limits.ts";

/** A call as the fault hooks see it. */
export interface StoreCall {
  readonly name: keyof CheckpointStore | keyof LeaseStore | keyof DeadLetterRows;
  readonly route: string;
}

export interface MemoryFaults {
  /** Runs before a call does anything; what it throws is the outcome of the call. */
  readonly before?: (call: StoreCall) => void | Promise<void>;
  /** Runs after a call did its work; what it throws hides that it was done. */
  readonly after?: (call: StoreCall) => void | Promise<void>;
}

export interface MemoryCheckpoints extends CheckpointStore, LeaseStore, DeadLetterRows {
  /** The dead-letter rows of a route, in the order of their event ids. */
  deadLetters(route: string): readonly DeadLetterEntry[];
}

interface Partition {
  saved?: Saved;
  segments: LedgerSegment[];
  runs: RunRow[];
}

export function memoryCheckpoints({ before, after }: MemoryFaults = {}, history = runHistory): MemoryCheckpoints {
  const partitions = new Map<string, Partition>();
  const leases = memoryLeases();
  const letters = memoryDeadLetterRows();
  let revisions = 0;

  function partition(route: string): Partition {
    const known = partitions.get(route) ?? { segments: [], runs: [] };
    partitions.set(route, known);
    return known;
  }

  async function call<Result>(name: StoreCall["name"], route: string, work: () => Result): Promise<Result> {
    await before?.({ name, route });
    const result = work();
    await after?.({ name, route });
    return result;
  }

  return {
    load(route) {
      return call("load", route, () => structuredClone(partition(route).saved));
    },

    async *readLedger(route, from) {
      const segments = await call("readLedger", route, () =>
        partition(route).segments.filter(({ filedTo }) => filedTo >= from),
      );
      yield* structuredClone(segments);
    },

    save(route, change, revision, lease) {
      return call("save", route, () => {
        const operations = saveOperations(route, change, { saveId: "memory", revision, lease });
        assertFits(operations, `save the progress of ${route}`);
        const state = partition(route);
        if (lease) leases.assertHeld(route, lease);
        if (state.saved?.revision !== revision) throw saveConflict(route);
        const { checkpoint, segment, deadLetters } = structuredClone(change);
        revisions += 1;
        state.saved = { checkpoint, revision: String(revisions) };
        if (segment && segment.ids.length > 0) state.segments.push(segment);
        for (const letter of deadLetters) letters.note(route, letter);
        return { ...structuredClone(state.saved), ...(lease ? { lease: leases.renew(route, lease) } : {}) };
      });
    },

    compactLedger(route, limit) {
      return call("compactLedger", route, () => {
        const state = partition(route);
        state.segments = state.segments.filter(({ filedTo }) => filedTo >= limit);
      });
    },

    recordRun(route, run) {
      return call("recordRun", route, () => {
        const state = partition(route);
        const same = ({ runId, at }: RunRow) => runId === run.runId && at === run.at;
        const others = state.runs.filter((one) => !same(one));
        state.runs = [...others, structuredClone(run)].toSorted((a, b) => b.at - a.at);
      });
    },

    pruneRuns(route, newest) {
      return call("pruneRuns", route, () => {
        const state = partition(route);
        state.runs = state.runs.filter(({ at }) => at >= newest - history.longestMs).slice(0, history.mostRuns);
      });
    },

    listRuns(route, most) {
      return call("listRuns", route, () => structuredClone(partition(route).runs.slice(0, most)));
    },

    look: (route) => call("look", route, () => leases.look(route)),
    take: (route, seen, owner) => call("take", route, () => leases.take(route, seen, owner)),
    renew: (route, lease) => call("renew", route, () => leases.renew(route, lease)),
    release: (route, lease) => call("release", route, () => leases.release(route, lease)),

    async *listDeadLetters(route) {
      yield* await call("listDeadLetters", route, () => letters.list(route));
    },
    claimDeadLetter(route, seen, claimant, sending) {
      return call("claimDeadLetter", route, () => letters.claim(route, seen, claimant, sending));
    },
    releaseDeadLetter(route, claimed, reason) {
      return call("releaseDeadLetter", route, () => letters.release(route, claimed, reason));
    },
    removeDeadLetterRows(route, eventIds) {
      return call("removeDeadLetterRows", route, () => letters.remove(route, eventIds));
    },

    deadLetters: (route) => letters.list(route).map(({ entry }) => entry),
  };
}
