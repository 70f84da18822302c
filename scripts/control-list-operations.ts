// Controls of what operators do by hand: backfill, rewind, pause, dead letters.
import type { Control } from "./control-list.ts";

export const operationControls: readonly Control[] = [
  {
    name: "backfill ignores delivered spans",
    promise: "a backfill sends nothing that was delivered, however long ago",
    edits: [
      {
        file: "src/pipeline/backfill-plan.ts",
        find: "...(request.again ? [] : delivered)",
        replace: "...(request.again ? [] : delivered.slice(delivered.length))",
      },
    ],
    check: ["test/pipeline/backfill.test.ts"],
  },
  {
    name: "rewind without the lease",
    promise: "two hands never harm each other",
    edits: [
      {
        file: "src/pipeline/rewind.ts",
        find: "await underLease(route.name, deps, async (keeper, saved) => {",
        replace: "await withoutLease(route.name, deps, async (keeper, saved) => {",
      },
      {
        file: "src/pipeline/rewind.ts",
        find: "function moved(",
        replace:
          "const withoutLease: typeof underLease = async (route, deps, work) => {\n" +
          "  const saved = await deps.store.load(route);\n" +
          "  if (saved === undefined) return underLease(route, deps, work);\n" +
          "  const keeper = { save: (write: (lease: undefined) => unknown) => write(undefined) };\n" +
          '  return { kind: "done", result: await work(keeper as never, saved) };\n};\n\n' +
          "function moved(",
      },
    ],
    check: ["test/pipeline/rewind.test.ts"],
  },
  {
    name: "paused route served",
    promise: "a paused route is not served",
    edits: [
      {
        file: "src/pipeline/forward-feed.ts",
        find: "  return saved?.checkpoint.paused;",
        replace: "  return undefined;",
      },
    ],
    check: ["test/pipeline/pause.test.ts"],
  },
  {
    name: "dead letters dropped without a record",
    promise: "what an operator drops is on record",
    edits: [
      {
        file: "src/operations/by-hand/letters.ts",
        find: "        await noteAct(route,",
        replace: '        if (route === "") await noteAct(route,',
      },
    ],
    check: ["test/operations/letters.test.ts"],
  },
];
