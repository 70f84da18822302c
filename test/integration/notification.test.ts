// From a request to the function `notification` to a mail in the mailbox, over real HTTP, with the real SDK and real tables.
import { beforeAll, describe, expect, it } from "vitest";
import { refusals } from "../../dev/email-simulator/answers.ts";
import { sharedAzurite } from "../azurite.ts";
import { bridgeSecrets } from "../secrets/bridge-secrets.ts";
import { startRecorder } from "../secrets/recorder.ts";
import { leaksIn, noLeaksIn } from "../secrets/search.ts";
import { FUNCTION_KEY, startNotify } from "./notify-under-test.ts";

beforeAll(sharedAzurite);

const MINUTE = 60_000;
const notification = {
  to_email: "Ops@example.com",
  subject: "障害のお知らせ: 会議室 <A> & 「B」",
  message: "会議室のデータが 3 時間届いていません。\n<script>alert(1)</script> & 「対応」をお願いします。𠮷",
};

describe("a notification over HTTP", () => {
  it("becomes a mail whose letters are all there and whose HTML is only text; its outcome is followed and logged", async () => {
    await using notify = await startNotify({ service: { runningMs: 90_000 } });
    const answer = await notify.post(notification);
    expect(answer.status).toBe(202);
    const { operationId } = answer.body;
    await notify.tick();
    const [mail] = notify.service.mails;
    expect(mail).toMatchObject({
      operationId,
      message: {
        senderAddress: "donotreply@example.com",
        recipients: { to: [{ address: "ops@example.com" }] },
        content: { subject: notification.subject, plainText: notification.message },
      },
    });
    expect(mail?.message.content.html).toContain(
      "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 「対応」をお願いします。𠮷",
    );
    expect(mail?.message.content.html).not.toContain("<script");
    await notify.tick();
    expect(notify.lines.join("\n")).not.toContain("sent off");
    await notify.tick(3 * MINUTE);
    expect(notify.lines.filter((line) => line.includes("sent off"))).toEqual([
      expect.stringMatching(
        new RegExp(`^information Mail ${String(operationId)} was sent off\\. \\{.*"outcome":"succeeded"`),
      ),
    ]);
    expect(notify.service.requests.filter(({ line }) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("needs the function key, and a body of its kind", async () => {
    await using notify = await startNotify();
    expect((await notify.post(notification, { "x-functions-key": "another" })).status).toBe(401);
    expect(await notify.post({ ...notification, subject: "a\r\nBcc: x@example.org" })).toMatchObject({
      status: 400,
      body: { title: "Bad Request", errors: [{ pointer: "/subject" }] },
    });
    expect((await notify.post(notification, { "content-type": "text/plain" })).status).toBe(415);
    expect((await notify.post({ ...notification, message: "字".repeat(100_000) })).status).toBe(413);
    const refused = await notify.post({ ...notification, to_email: ["a@example.org", "x@evil.example"] });
    expect(refused.status).toBe(403);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    await notify.tick();
    expect(notify.service.mails).toEqual([]);
  });

  it("is told when to come again beyond the rate of an instance", async () => {
    await using notify = await startNotify({ settings: { NOTIFY_REQUESTS_PER_MINUTE: "2" } });
    const answers = [await notify.post(notification), await notify.post(notification), await notify.post(notification)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 429]);
    expect(Number(answers[2]?.headers.get("retry-after"))).toBeGreaterThan(20);
  });

  it("is sent within the limits of a managed domain: the service never has to refuse one", async () => {
    await using notify = await startNotify({ settings: { NOTIFY_REQUESTS_PER_MINUTE: "60" } });
    for (let mail = 0; mail < 7; mail += 1) expect((await notify.post(notification)).status).toBe(202);
    await notify.tick();
    expect(notify.service.mails).toHaveLength(5);
    await notify.tick();
    await notify.tick();
    expect(notify.service.mails).toHaveLength(7);
    expect(notify.service.requests.map(({ status }) => status)).not.toContain(429);
  });

  it("whose send got no answer is asked for and not sent again, in a new process too", async () => {
    await using notify = await startNotify();
    await notify.post(notification);
    notify.service.faults.loseAnswer({ taken: true, times: 1 });
    await notify.tick();
    notify.restart();
    for (let minute = 0; minute < 5; minute += 1) await notify.tick();
    expect(notify.service.requests.map(({ line }) => line.split(" ")[0])).toEqual(["POST", "GET"]);
    expect(notify.service.mails).toHaveLength(1);
    expect(notify.lines.filter((line) => line.includes("sent off"))).toHaveLength(1);
  });

  it("that the service cannot send off is told as that", async () => {
    await using notify = await startNotify();
    notify.service.faults.end({ status: "Failed", code: "EmailDroppedAllRecipientsSuppressed" });
    await notify.post(notification);
    await notify.tick();
    await notify.tick(2 * MINUTE);
    expect(notify.lines.filter((line) => line.includes("not sent"))).toEqual([
      expect.stringMatching(/^error .*EmailDroppedAllRecipientsSuppressed.*"code":"MAIL_FAILED"/),
    ]);
  });

  it("is answered with 503 while the settings are wrong, and the timer fails with all of what is wrong", async () => {
    await using notify = await startNotify({ settings: { NOTIFY_SENDER: "nobody" } });
    const answer = await notify.post(notification);
    expect(answer).toMatchObject({ status: 503, body: { detail: "E-mail is not set up. Nothing was taken." } });
    expect(answer.headers.get("retry-after")).toBe("60");
    await expect(notify.tick()).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    expect(notify.lines.join("\n")).toContain("NOTIFY_SENDER is not an e-mail address");
  });

  it("costs nothing while there is none: a tick is one call to storage, and none to the mail service", async () => {
    await using notify = await startNotify();
    await notify.post(notification);
    await notify.tick();
    await notify.tick(3 * MINUTE);
    notify.restart();
    expect(await notify.countedTick()).toBe(1);
    expect(notify.lines.filter((line) => line.includes("sent off"))).toHaveLength(1);
  });
});

describe("what leaves with e-mail", () => {
  it("holds no key anywhere, and address and text only where a mail has to be", async () => {
    const recorder = startRecorder();
    await using notify = await startNotify({
      settings: { LOG_LEVEL: "debug" },
      async tapped(settings) {
        const { AzureWebJobsStorage: storage = "", NOTIFY_CONNECTION_STRING: mail = "" } = settings;
        const [endpoint = ""] = /http:[^;]+/.exec(mail) ?? [];
        return {
          ...settings,
          AzureWebJobsStorage: await recorder.tapStorage(storage),
          NOTIFY_CONNECTION_STRING: mail.replace(endpoint, await recorder.tap("mail service", endpoint)),
        };
      },
    });
    const { accessKey } = notify.service;
    notify.service.faults.answer("send", refusals.malformed(`no ${accessKey} to ops@example.com`), { times: 1 });
    await notify.post(notification);
    await notify.post(notification);
    await notify.post({ ...notification, to_email: "ops@example.com, x@evil.example" });
    await notify.tick();
    await notify.tick(3 * MINUTE);
    recorder.heard("log", "line", notify.lines);
    recorder.close();
    const outgoing = recorder.outgoing();
    const secrets = bridgeSecrets([notify.settings], { seed: 0, logins: 0 });
    expect(secrets).toContainEqual(expect.objectContaining({ name: "key of the mail service", value: accessKey }));
    noLeaksIn(outgoing, [...secrets, { name: "function key", value: FUNCTION_KEY }]);
    const places = (value: string): ReadonlySet<string> =>
      new Set(
        leaksIn(outgoing, [{ name: "personal data", value }]).map(({ channel, place }) => `${channel}, ${place}`),
      );
    const expected = new Set(["storage, body", "mail service, body"]);
    expect(places("ops@example.com")).toEqual(expected);
    expect(places("会議室のデータが")).toEqual(expected);
    expect(notify.lines.length).toBeGreaterThan(3);
  });
});
