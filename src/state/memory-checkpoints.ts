// The checkpoint store in memory, for tests and the simulation: same promises, same limits, no storage account.
import { BridgeError } from "../errors.ts";
import type { CheckpointStore, DeadLetterEntry, LedgerSegment, RunRow, Saved } from "../pipeline/ports.ts";
import { runHistory } from "./run-rows.ts";
import { saveOperations } from "./save-operations.ts";
import { assertFits } from "./table-limits.ts";

/** A call as the fault hooks see it. */
export interface StoreCall {
  readonly name: keyof CheckpointStore;
  readonly route: string;
}

export interface MemoryFaults {
  /** Runs before a call does anything; what it throws is the outcome of the call. */
  readonly before?: (call: StoreCall) => void | Promise<void>;
  /** Runs after a call did its work; what it throws hides that it was done. */
  readonly after?: (call: StoreCall) => void | Promise<void>;
}

export interface MemoryCheckpoints extends CheckpointStore {
  /** The dead-letter rows of a route, in the order of their event ids. */
  deadLetters(route: string): readonly DeadLetterEntry[];
}

interface Partition {
  saved?: Saved;
  segments: LedgerSegment[];
  readonly letters: Map<string, DeadLetterEntry>;
  runs: RunRow[];
}

export function memoryCheckpoints({ before, after }: MemoryFaults = {}, history = runHistory): MemoryCheckpoints {
  const partitions = new Map<string, Partition>();
  let revisions = 0;

  function partition(route: string): Partition {
    const known = partitions.get(route) ?? { segments: [], letters: new Map(), runs: [] };
    partitions.set(route, known);
    return known;
  }

  async function call<Result>(name: keyof CheckpointStore, route: string, work: () => Result): Promise<Result> {
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

    save(route, change, revision) {
      return call("save", route, () => {
        assertFits(saveOperations(route, change, { saveId: "memory", revision }), `save the progress of ${route}`);
        const state = partition(route);
        if (state.saved?.revision !== revision) throw conflict(route);
        const { checkpoint, segment, deadLetters } = structuredClone(change);
        revisions += 1;
        state.saved = { checkpoint, revision: String(revisions) };
        if (segment && segment.ids.length > 0) state.segments.push(segment);
        for (const letter of deadLetters) state.letters.set(letter.eventId, letter);
        return structuredClone(state.saved);
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
        const others = state.runs.filter((one) => !same(one) && one.at >= run.at - history.longestMs);
        state.runs = [...others, structuredClone(run)].toSorted((a, b) => b.at - a.at).slice(0, history.mostRuns);
      });
    },

    listRuns(route, most) {
      return call("listRuns", route, () => structuredClone(partition(route).runs.slice(0, most)));
    },

    deadLetters(route) {
      const letters = Array.from(partition(route).letters.values());
      return letters.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
    },
  };
}

function conflict(route: string): BridgeError {
  return new BridgeError("STATE_CONFLICT", `Another run saved the progress of ${route} in between.`, {
    fix: "The next run continues from what the other one saved.",
  });
}
