// Controls of the command line: what it must not change, and what it must tell apart.
import type { Control } from "./control-list.ts";

export const cliControls: readonly Control[] = [
  {
    name: "quiet taken for healthy, and stuck for quiet",
    promise: "bridge status tells quiet from stuck",
    edits: [
      {
        file: "src/operations/verdict.ts",
        find: 'outcome !== "caught-up" && watermark === first?.watermark',
        replace: "watermark === first?.watermark",
      },
    ],
    check: ["test/operations/verdict.test.ts"],
  },
  {
    name: "a preview that creates the state table",
    promise: "bridge preview saves nothing",
    edits: [
      {
        file: "src/state/table-checkpoints.ts",
        find: "{ createsMissing: false }",
        replace: "{ createsMissing: true }",
      },
    ],
    check: ["test/cli/preview.test.ts"],
  },
  {
    name: "a doctor that leaves its row behind",
    promise: "bridge doctor writes only what it removes",
    edits: [
      {
        file: "src/state/state-rights.ts",
        find: '  await orFail(table.deleteEntity(PARTITION, rowKey, timeLimit()), name, "remove a row");\n',
        replace: "",
      },
    ],
    check: ["test/state/state-rights.test.ts"],
  },
  {
    name: "an error code without a row in the runbook",
    promise: "the runbook has a row for every code",
    edits: [{ file: "src/errors.ts", find: '  | "OUT_OF_TIME";', replace: '  | "SOMETHING_NEW"\n  | "OUT_OF_TIME";' }],
    check: ["test/runbook.test.ts"],
  },
];
