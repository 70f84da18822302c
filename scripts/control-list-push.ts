// Controls of push beside polling.
import type { Control } from "./control-list.ts";

export const pushControls: readonly Control[] = [
  {
    name: "push: not read back before polling sends",
    promise: "polling sends nothing that was pushed",
    edits: [
      {
        file: "src/pipeline/pushed.ts",
        find: "found += remember(report.found, deps);",
        replace: "found += report.found.length;",
      },
    ],
    check: ["test/pipeline/pushed.test.ts"],
  },
  {
    name: "push: settle delay of the setting alone",
    promise: "polling sends nothing that may still be pushed",
    edits: [
      {
        file: "src/pipeline/push-terms.ts",
        find: "Math.max(timing.settleDelayMs, PUSH_SETTLE_MS)",
        replace: "timing.settleDelayMs",
      },
    ],
    check: ["test/pipeline/pushed.test.ts"],
  },
  {
    name: "push: old records forwarded",
    promise: "nothing is pushed that polling may have sent",
    edits: [
      {
        file: "src/pipeline/push.ts",
        find: "now + arrivesMs <= time + PUSH_AGE_MS",
        replace: "now + arrivesMs <= time + 100 * PUSH_AGE_MS",
      },
    ],
    check: ["test/pipeline/push.test.ts"],
  },
  {
    name: "push: claims of others taken for one's own",
    promise: "a record that is pushed twice is sent once",
    edits: [
      {
        file: "src/state/table-push-claims.ts",
        find: '    if (outcome.kind === "done") return names;',
        replace: '    if (outcome.kind !== "uncertain") return names;',
      },
    ],
    check: ["test/state/push-claims.test.ts"],
  },
];
