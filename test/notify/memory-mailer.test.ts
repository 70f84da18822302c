import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import { memoryMailer } from "../../src/notify/memory-mailer.ts";
import { describeMailer } from "../contracts/mailer.ts";

function failed(code: ErrorCode): BridgeError {
  return new BridgeError(code, "It failed.", { fix: "Nothing to do." });
}

describeMailer("the mailer in memory", async () => {
  const mailer = memoryMailer();
  const retryAfterMs = 17_000;
  let end: "succeeded" | "failed" = "succeeded";
  return {
    mailer,
    mails: () => [...mailer.mails.values()],
    nextSend(how) {
      const uncertain = { kind: "uncertain", error: failed("MAIL_UNAVAILABLE") } as const;
      const answers = {
        throttled: { answer: { kind: "not-taken", error: failed("MAIL_THROTTLED"), retryAfterMs } },
        denied: { answer: { kind: "not-taken", error: failed("MAIL_DENIED") } },
        refused: { answer: { kind: "refused", error: failed("MAIL_REFUSED") } },
        "lost-taken": { answer: uncertain, taken: true },
        "lost-not-taken": { answer: uncertain },
      } as const;
      mailer.nextSends(answers[how]);
    },
    nextOutcome(how) {
      if (how === "throttled")
        mailer.nextOutcomes({ kind: "unanswered", error: failed("MAIL_THROTTLED"), retryAfterMs });
      else mailer.nextOutcomes({ kind: "unanswered", error: failed("MAIL_UNAVAILABLE") });
    },
    nextEnds(how) {
      end = how;
    },
    finish: (operationId) => mailer.end(operationId, end),
    close: async () => undefined,
  };
});
