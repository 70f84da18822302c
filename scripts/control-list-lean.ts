// Controls of what a run costs; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const leanControls: readonly Control[] = [
  {
    name: "run history pruned in every run",
    promise: "the run history is pruned once a day, and a run without news makes at most eight calls to storage",
    edits: [
      {
        file: "src/run-routes.ts",
        find: "if (daily) await deps.store.pruneRuns",
        replace: "await deps.store.pruneRuns",
      },
    ],
    check: ["test/run-routes.test.ts"],
  },
];
