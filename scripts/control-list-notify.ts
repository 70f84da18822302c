// Controls of e-mail; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const notifyControls: readonly Control[] = [
  {
    name: "anybody may be written to",
    promise: "only recipients in NOTIFY_ALLOWED_RECIPIENTS are written to",
    edits: [
      {
        file: "src/mail-address.ts",
        find: "return addresses.includes(address) || domains.includes(",
        replace: "return domains.length > 0 || addresses.includes(address) || domains.includes(",
      },
    ],
    check: ["test/notify/notification.test.ts"],
  },
  {
    name: "header injection let through",
    promise: "a subject cannot begin another header",
    edits: [{ file: "src/notify/notification.ts", find: ".refine(isHeaderText,", replace: ".refine(() => true," }],
    check: ["test/notify/notification.test.ts"],
  },
  {
    name: "mail sent again after a crash",
    promise: "after a crash the operation is asked for before anything is sent again",
    edits: [
      {
        file: "src/notify/mail-steps.ts",
        find: "const outcome = await askFor(entry.id, deps);",
        replace: 'const outcome = { kind: "unknown" } as MailOutcome;',
      },
    ],
    check: ["test/notify/send-mails.test.ts", "test/notify/mail-simulation.test.ts"],
  },
  {
    name: "mail called sent without the service's word",
    promise: "a mail is called sent off only when the service says so",
    edits: [
      {
        file: "src/notify/mail-steps.ts",
        find: 'if (answer.kind === "started") {',
        replace:
          'if (answer.kind === "started") {\n    if (now > 0) return end(entry, "succeeded", undefined, sight, deps);',
      },
    ],
    check: ["test/notify/send-mails.test.ts", "test/notify/mail-simulation.test.ts"],
  },
];
