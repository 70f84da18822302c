// Controls of automatic notices and data rules.
import type { Control } from "./control-list.ts";

const NOTICES = ["test/notify/notices/decide.test.ts", "test/notify/notices/promises.test.ts"];

export const noticeControls: readonly Control[] = [
  {
    name: "notice told again within its cool-down",
    promise: "no cause is told twice within its cool-down",
    edits: [
      {
        file: "src/notify/notices/entries.ts",
        find: "  if (cools || (entry.cause",
        replace: "  if ((entry.cause",
      },
    ],
    check: NOTICES,
  },
  {
    name: "end of a cause not told",
    promise: "each lasting cause that was told is told once when it is over",
    edits: [
      {
        file: "src/notify/notices/entries.ts",
        find: '  if (overAt !== undefined) return told === true ? "over" : undefined;',
        replace: "  if (overAt !== undefined) return undefined;",
      },
    ],
    check: NOTICES,
  },
  {
    name: "mail handed over before its state is saved",
    promise: "processes side by side write no notice twice",
    edits: [
      {
        file: "src/notify/notices/tell.ts",
        find: "    const revision = await deps.store.save(next, seen.revision);",
        replace:
          "    for (const mail of next.waiting) await deps.add(mail);\n" +
          "    const revision = await deps.store.save({ ...next, waiting: [] }, seen.revision);",
      },
    ],
    check: NOTICES,
  },
  {
    name: "rules asked about what was only read",
    promise: "rules count records that the sink has confirmed, each once",
    edits: [
      {
        file: "src/pipeline/forward-feed.ts",
        find: "      if (done.delivered.length > 0) deps.onDelivered?.(route, done.delivered);",
        replace:
          "      deps.onDelivered?.(\n        route,\n        next.slices.flatMap(({ records }) => records),\n      );",
      },
    ],
    check: ["test/pipeline/delivered-records.test.ts"],
  },
];
