// What every mailer promises. Each implementation runs this suite.
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Mail } from "../../src/notify/mail.ts";
import type { Mailer } from "../../src/notify/mailer.ts";
import { japaneseMail } from "./mail-outbox.ts";

export interface MailerUnderTest {
  readonly mailer: Mailer;
  /** What the service has, in the order of sending. */
  mails(): readonly Mail[];
  /** Makes the next sends behave so. */
  nextSend(how: "throttled" | "denied" | "refused" | "lost-taken" | "lost-not-taken"): void;
  nextOutcome(how: "throttled" | "unavailable"): void;
  /** How the operations of the next mails end; until `finish` they run. */
  nextEnds(how: "succeeded" | "failed"): void;
  finish(operationId: string): void;
  close(): Promise<void>;
}

const calm = (): AbortSignal => AbortSignal.timeout(10_000);

export function describeMailer(name: string, open: () => Promise<MailerUnderTest>): void {
  describe(`${name} as a mailer`, () => {
    const withMailer = (test: (under: MailerUnderTest) => Promise<void>) => async () => {
      const under = await open();
      try {
        await test(under);
      } finally {
        await under.close();
      }
    };

    it(
      "sends a mail as it is written, whatever the letters",
      withMailer(async ({ mailer, mails }) => {
        const operationId = randomUUID();
        expect(await mailer.send(japaneseMail, operationId, calm())).toMatchObject({ kind: "started", operationId });
        expect(mails()).toMatchObject([japaneseMail]);
      }),
    );

    it(
      "follows an operation to its end",
      withMailer(async ({ mailer, nextEnds, finish }) => {
        nextEnds("succeeded");
        const operationId = randomUUID();
        await mailer.send(japaneseMail, operationId, calm());
        expect(await mailer.outcome(operationId, calm())).toMatchObject({ kind: "running" });
        finish(operationId);
        expect(await mailer.outcome(operationId, calm())).toEqual({ kind: "succeeded" });
        expect(await mailer.outcome(operationId, calm())).toEqual({ kind: "succeeded" });
      }),
    );

    it(
      "tells of an operation that failed, without an address",
      withMailer(async ({ mailer, nextEnds, finish }) => {
        nextEnds("failed");
        const operationId = randomUUID();
        await mailer.send(japaneseMail, operationId, calm());
        finish(operationId);
        const outcome = await mailer.outcome(operationId, calm());
        expect(outcome).toMatchObject({ kind: "failed", error: { code: "MAIL_FAILED" } });
        if (outcome.kind === "failed") expect(`${outcome.error.message} ${outcome.error.fix}`).not.toContain("@");
      }),
    );

    it(
      "does not know an operation that never began",
      withMailer(async ({ mailer }) => {
        expect(await mailer.outcome(randomUUID(), calm())).toEqual({ kind: "unknown" });
      }),
    );

    it(
      "sends nothing again for an operation id that the service has",
      withMailer(async ({ mailer, mails }) => {
        const operationId = randomUUID();
        const twice = [
          await mailer.send(japaneseMail, operationId, calm()),
          await mailer.send(japaneseMail, operationId, calm()),
        ];
        expect(twice.map((one) => one.kind)).toEqual(["started", "started"]);
        expect(mails()).toHaveLength(1);
      }),
    );

    it(
      "honours the time that a throttling service asks for, for sends and for questions",
      withMailer(async ({ mailer, mails, nextSend, nextOutcome }) => {
        nextSend("throttled");
        const operationId = randomUUID();
        expect(await mailer.send(japaneseMail, operationId, calm())).toMatchObject({
          kind: "not-taken",
          error: { code: "MAIL_THROTTLED" },
          retryAfterMs: 17_000,
        });
        expect(mails()).toEqual([]);
        nextOutcome("throttled");
        expect(await mailer.outcome(operationId, calm())).toMatchObject({
          kind: "unanswered",
          error: { code: "MAIL_THROTTLED" },
          retryAfterMs: 17_000,
        });
      }),
    );

    it.each([
      ["denied", "not-taken", "MAIL_DENIED"],
      ["refused", "refused", "MAIL_REFUSED"],
    ] as const)("tells a mail that is %s from one that was sent", (how, kind, code) =>
      withMailer(async ({ mailer, mails, nextSend }) => {
        nextSend(how);
        const answer = await mailer.send(japaneseMail, randomUUID(), calm());
        expect(answer).toMatchObject({ kind, error: { code } });
        expect(mails()).toEqual([]);
      })(),
    );

    it.each(["lost-taken", "lost-not-taken"] as const)(
      "does not guess when the answer is %s, and finds out by asking",
      (how) =>
        withMailer(async ({ mailer, nextSend }) => {
          nextSend(how);
          const operationId = randomUUID();
          expect(await mailer.send(japaneseMail, operationId, calm())).toMatchObject({
            kind: "uncertain",
            error: { code: "MAIL_UNAVAILABLE" },
          });
          const { kind } = await mailer.outcome(operationId, calm());
          expect(kind).toBe(how === "lost-taken" ? "running" : "unknown");
        })(),
    );

    it(
      "does not guess either when time is up or the service is down",
      withMailer(async ({ mailer, nextOutcome }) => {
        const over = AbortSignal.abort();
        expect(await mailer.send(japaneseMail, randomUUID(), over)).toMatchObject({ kind: "uncertain" });
        expect(await mailer.outcome(randomUUID(), over)).toMatchObject({ kind: "unanswered" });
        nextOutcome("unavailable");
        expect(await mailer.outcome(randomUUID(), calm())).toMatchObject({
          kind: "unanswered",
          error: { code: "MAIL_UNAVAILABLE" },
        });
      }),
    );
  });
}
