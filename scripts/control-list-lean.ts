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
  {
    name: "answers ahead without bound",
    promise: "of a view only so many answers are under way or wait",
    edits: [
      {
        file: "src/microshare/view-ahead.ts",
        find: "if (waiting.has(key) || waiting.size >= most()) return;",
        replace: "if (waiting.has(key) || most() === 0) return;",
      },
    ],
    check: ["test/microshare/view-ahead.test.ts"],
  },
  {
    name: "windows of views guessed wrong",
    promise: "a view is asked ahead for what is read next, so that asking ahead costs no call",
    edits: [
      {
        file: "src/pipeline/next-windows.ts",
        find: "    const part = furthestBehind(reached);",
        replace: "    const part = [...reached.keys()].at(-1);",
      },
    ],
    check: ["test/pipeline/next-windows.test.ts"],
  },
];
