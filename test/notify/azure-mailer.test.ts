// The mailer of Azure, the real SDK against the simulator.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { refusals } from "../../dev/email-simulator/answers.ts";
import { startEmailSimulator, type EmailSimulatorOptions } from "../../dev/email-simulator/index.ts";
import { createAzureMailer } from "../../src/notify/azure-mailer.ts";
import { describeMailer } from "../contracts/mailer.ts";
import { japaneseMail } from "../contracts/mail-outbox.ts";

const HOUR_MS = 60 * 60_000;
const sender = "donotreply@example.com";
const calm = (): AbortSignal => AbortSignal.timeout(10_000);

async function withService(options: EmailSimulatorOptions = {}) {
  const service = await startEmailSimulator(options);
  const { endpoint, accessKey } = service;
  const mailer = createAzureMailer({ endpoint, credential: { key: accessKey }, sender, now: Date.now });
  return { service, mailer, [Symbol.asyncDispose]: () => service.close() };
}

describeMailer("Azure Communication Services", async () => {
  let now = Date.parse("2026-11-26T08:00:00Z");
  const { service, mailer } = await withService({ now: () => now, runningMs: HOUR_MS });
  const once = { times: 1 };
  return {
    mailer,
    mails: () =>
      service.mails.map(({ message: { content, recipients } }) => ({
        to: recipients.to.map(({ address }) => address),
        subject: content.subject,
        text: content.plainText ?? "",
      })),
    nextSend(how) {
      if (how === "throttled") service.faults.answer("send", refusals.throttled(17), once);
      if (how === "denied") service.faults.answer("send", refusals.forbidden(), once);
      if (how === "refused") service.faults.answer("send", refusals.malformed("it dislikes ops@example.com"), once);
      if (how === "lost-taken") service.faults.loseAnswer({ taken: true, ...once });
      if (how === "lost-not-taken") service.faults.loseAnswer({ taken: false, ...once });
    },
    nextOutcome(how) {
      service.faults.answer("read", how === "throttled" ? refusals.throttled(17) : refusals.broken(), once);
    },
    nextEnds: (how) =>
      void service.faults.end(how === "failed" ? { status: "Failed", code: "EmailDropped" } : { status: "Succeeded" }),
    finish: () => void (now += HOUR_MS),
    close: () => service.close(),
  };
});

describe("a mail through Azure Communication Services", () => {
  it("is from the sender, has plain text and HTML with nothing of the text as markup, and watches nobody", async () => {
    await using under = await withService();
    await under.mailer.send(japaneseMail, randomUUID(), calm());
    expect(under.service.mails[0]?.message).toMatchObject({
      senderAddress: sender,
      content: {
        subject: japaneseMail.subject,
        plainText: japaneseMail.text,
        html: expect.stringContaining("&lt;確認&gt; &amp; 「対応」をお願いします。𠮷"),
      },
      userEngagementTrackingDisabled: true,
    });
  });

  it("costs one request, and so does each question", async () => {
    await using under = await withService();
    const operationId = randomUUID();
    await under.mailer.send(japaneseMail, operationId, calm());
    await under.mailer.outcome(operationId, calm());
    expect(under.service.requests).toEqual([
      { line: "POST /emails:send", status: 202, operationId },
      { line: `GET /emails/operations/${operationId}`, status: 200, operationId },
    ]);
  });

  it("is asked for once when the service throttles or breaks: no retry of the SDK counts against the limits", async () => {
    await using under = await withService();
    under.service.faults.answer("send", refusals.throttled(1));
    await under.mailer.send(japaneseMail, randomUUID(), calm());
    under.service.faults.clear();
    under.service.faults.answer("send", refusals.busy(1));
    expect(await under.mailer.send(japaneseMail, randomUUID(), calm())).toMatchObject({
      kind: "uncertain",
      retryAfterMs: 1000,
    });
    expect(under.service.requests.map(({ status }) => status)).toEqual([429, 503]);
  });

  it("meets the limits of a managed domain: the sixth in a minute is told how long to wait", async () => {
    await using under = await withService();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => under.mailer.send(japaneseMail, randomUUID(), calm())),
    );
    expect(answers.filter(({ kind }) => kind === "started")).toHaveLength(5);
    const refused = answers.find(({ kind }) => kind === "not-taken");
    expect(refused).toMatchObject({
      error: { code: "MAIL_THROTTLED" },
      retryAfterMs: expect.toSatisfy((ms) => ms > 50_000 && ms <= 61_000),
    });
  });

  it("is followed under the service's own id where the service does not take ours", async () => {
    await using under = await withService({ honoursOperationIds: false });
    const answer = await under.mailer.send(japaneseMail, randomUUID(), calm());
    const [mail] = under.service.mails;
    expect(answer).toMatchObject({ kind: "started", operationId: mail?.operationId });
    expect(await under.mailer.outcome(mail?.operationId ?? "", calm())).toEqual({ kind: "succeeded" });
  });

  it("goes nowhere with a wrong key, or from a sender that is not linked", async () => {
    await using under = await withService();
    const { endpoint, accessKey } = under.service;
    const wrongKey = Buffer.from("another key altogether, of the same length").toString("base64");
    for (const [key, from] of [
      [wrongKey, sender],
      [accessKey, "boss@example.com"],
    ] as const) {
      const mailer = createAzureMailer({ endpoint, credential: { key }, sender: from, now: Date.now });
      const answer = await mailer.send(japaneseMail, randomUUID(), calm());
      expect(answer).toMatchObject({ kind: "not-taken", error: { code: "MAIL_DENIED" } });
      expect(JSON.stringify(answer)).not.toContain(key);
    }
    expect(under.service.mails).toEqual([]);
  });

  it("is sent with a token where there is no key, over https", async () => {
    await using service = disposable(await startEmailSimulator({ tls: true, tokens: ["a-token-of-the-identity"] }));
    const scopes: unknown[] = [];
    const credential = (token: string) => ({
      getToken: async (scope: string | string[]) => {
        scopes.push(scope);
        return { token, expiresOnTimestamp: Date.now() + HOUR_MS };
      },
    });
    const open = (token: string) =>
      createAzureMailer({
        endpoint: service.endpoint,
        credential: credential(token),
        sender,
        now: Date.now,
        tlsOptions: { ca: service.caCertPem },
      });
    expect(await open("a-token-of-the-identity").send(japaneseMail, randomUUID(), calm())).toMatchObject({
      kind: "started",
    });
    expect(scopes.flat()).toContain("https://communication.azure.com//.default");
    const denied = await open("somebody-elses-token").send(japaneseMail, randomUUID(), calm());
    expect(denied).toMatchObject({ kind: "not-taken", error: { code: "MAIL_DENIED" } });
    expect(JSON.stringify(denied)).not.toContain("somebody-elses-token");
  });

  it("is not sent without a token, and that is told as what it is", async () => {
    await using service = disposable(await startEmailSimulator({ tls: true }));
    const getToken = async () => {
      throw Object.assign(new Error("no identity here"), { name: "CredentialUnavailableError" });
    };
    const tlsOptions = { ca: service.caCertPem };
    const mailer = createAzureMailer({
      endpoint: service.endpoint,
      credential: { getToken },
      sender,
      now: Date.now,
      tlsOptions,
    });
    expect(await mailer.send(japaneseMail, randomUUID(), calm())).toMatchObject({
      kind: "not-taken",
      error: { code: "MAIL_DENIED" },
    });
    expect(await mailer.outcome(randomUUID(), calm())).toMatchObject({
      kind: "unanswered",
      error: { code: "MAIL_DENIED" },
    });
  });

  it("is uncertain when the answer is not the service's, such as a web page of a proxy", async () => {
    const server = createServer(
      (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>Sign in</p>"),
    );
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const mailer = createAzureMailer({
        endpoint: `http://127.0.0.1:${port}`,
        credential: { key: "a2V5" },
        sender,
        now: Date.now,
      });
      expect(await mailer.send(japaneseMail, randomUUID(), calm())).toMatchObject({ kind: "uncertain" });
      expect(await mailer.outcome(randomUUID(), calm())).toMatchObject({ kind: "unanswered" });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

function disposable<Service extends { close(): Promise<void> }>(service: Service): Service & AsyncDisposable {
  return Object.assign(service, { [Symbol.asyncDispose]: () => service.close() });
}
