// What the stand-in of the mail service refuses and shows; that it takes what the real SDK sends is in test/notify/azure-mailer.test.ts.
import { createHash, createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmailSimulator, type EmailSimulator } from "../../dev/email-simulator/index.ts";

let service: EmailSimulator;
beforeAll(async () => {
  service = await startEmailSimulator({ sendLimits: { perMinute: 100, perHour: 100 } });
});
afterAll(() => service.close());

const message = {
  senderAddress: "donotreply@example.com",
  content: { subject: "<b>件名</b>", plainText: "</pre><script>alert(1)</script>", html: `<p onclick="x">"本文"</p>` },
  recipients: { to: [{ address: "ops@example.com" }] },
};

interface Change {
  readonly body?: unknown;
  readonly signedBody?: string;
  readonly date?: Date;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** Signed by hand, as a sender without an SDK would. */
async function post(change: Change = {}): Promise<Response> {
  const {
    date = new Date(),
    key = service.accessKey,
    headers = {},
    path = "/emails:send?api-version=2025-09-01",
  } = change;
  const body = JSON.stringify(change.body ?? message);
  const hash = createHash("sha256")
    .update(change.signedBody ?? body)
    .digest("base64");
  const { host } = new URL(service.endpoint);
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(`POST\n${path}\n${date.toUTCString()};${host};${hash}`)
    .digest("base64");
  return fetch(service.endpoint + path, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-ms-date": date.toUTCString(),
      "x-ms-content-sha256": hash,
      authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
      ...headers,
    },
  });
}

describe("the e-mail simulator", () => {
  it("takes a signed mail, and tells where its operation is", async () => {
    const id = randomUUID();
    const response = await post({ headers: { "operation-id": id } });
    expect(response.status).toBe(202);
    expect(response.headers.get("operation-location")).toContain(`/emails/operations/${id}?api-version=`);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({ id, status: "Running" });
  });

  it.each<readonly [string, Change]>([
    ["another key", { key: Buffer.alloc(64, 1).toString("base64") }],
    ["the signature of another body", { signedBody: "{}" }],
    ["an old date", { date: new Date(Date.now() - 3_600_000) }],
    ["no signature", { headers: { authorization: "" } }],
    ["an unknown token", { headers: { authorization: "Bearer nobody" } }],
  ])("lets nobody in with %s", async (_, change) => {
    expect((await post(change)).status).toBe(401);
  });

  it.each<readonly [string, number, Change]>([
    ["a sender whose domain is not linked", 404, { body: { ...message, senderAddress: "a@other.example" } }],
    ["no recipient", 400, { body: { ...message, recipients: { to: [] } } }],
    [
      "two addresses in one",
      400,
      { body: { ...message, recipients: { to: [{ address: "a@b.example,c@d.example" }] } } },
    ],
    ["no content", 400, { body: { ...message, content: { subject: "x" } } }],
    ["a line break in the subject", 400, { body: { ...message, content: { ...message.content, subject: "a\nb" } } }],
    ["an operation id that is no UUID", 400, { headers: { "operation-id": "mine" } }],
    ["no API version", 400, { path: "/emails:send" }],
    ["another content type", 400, { headers: { "content-type": "text/plain" } }],
  ])("refuses %s", async (_, status, change) => {
    expect((await post(change)).status).toBe(status);
  });

  it("shows its mails as a page on which nothing of a mail is markup, and as JSON", async () => {
    await post();
    const page = await fetch(service.mailboxUrl);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain("&lt;b&gt;件名&lt;/b&gt;");
    expect(html).toContain("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain('<iframe sandbox title="HTML" srcdoc="&lt;p onclick=&quot;x&quot;&gt;');
    expect(html).not.toMatch(/<script|onclick="/);
    const json: unknown = await (await fetch(`${service.mailboxUrl}.json`)).json();
    expect(json).toEqual(service.mails);
  });
});
