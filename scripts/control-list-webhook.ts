// Controls of what is served over HTTP; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const webhookControls: readonly Control[] = [
  {
    name: "webhook answers before the send",
    promise: "the webhook answers only after the queue has confirmed",
    edits: [
      {
        file: "src/webhook/generic-contract.ts",
        find: "return answerOf(await send(message(text, clientId, correlationId)), correlationId);",
        replace:
          'void send(message(text, clientId, correlationId)); return answerOf({ kind: "confirmed" }, correlationId);',
      },
    ],
    check: ["test/webhook/webhook.test.ts", "-t", "before the queue has confirmed"],
  },
  {
    name: "webhook success on a failed send",
    promise: "the webhook never says sent when it was not",
    edits: [
      {
        file: "src/webhook/shared-send.ts",
        find: "if (arrived.has(event)) done",
        replace: 'if (arrived.has(event) || failure?.code !== "SINK_UNCERTAIN") done',
      },
    ],
    check: ["test/webhook/webhook.test.ts", "-t", "never says sent"],
  },
  {
    name: "webhook signature for any body",
    promise: "a signature holds for its time, id and body alone",
    edits: [{ file: "src/webhook/signature.ts", find: ".update(body)", replace: ".update(body.subarray(0, 0))" }],
    check: ["test/webhook/signature.test.ts"],
  },
  {
    name: "webhook replay window ignored",
    promise: "an old signature is refused",
    edits: [
      {
        file: "src/webhook/signature.ts",
        find: "> terms.replayWindowMs) {",
        replace: "> terms.replayWindowMs * 1e9) {",
      },
    ],
    check: ["test/webhook/signature.test.ts"],
  },
];
