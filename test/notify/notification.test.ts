// What the function `notification` takes, and what it says of anything else.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { BridgeError } from "../../src/errors.ts";
import { requestRate } from "../../src/http/request-rate.ts";
import { memoryOutbox } from "../../src/notify/memory-outbox.ts";
import { mostBodyBytes, receiveNotification, type NotificationDeps } from "../../src/notify/notification.ts";

const good = {
  to_email: "ops@example.com",
  subject: "障害のお知らせ",
  message: "会議室のデータが届いていません。\n<b>",
};

const answered = new Set<string>();

function world(change: Partial<NotificationDeps> = {}) {
  const outbox = memoryOutbox(() => 0);
  const lines: string[] = [];
  const write = (message: string, facts: object): void => void lines.push(`${message} ${JSON.stringify(facts)}`);
  const deps: NotificationDeps = {
    outbox,
    allowed: { addresses: ["ops@example.com"], domains: ["example.org"] },
    rate: requestRate(600, () => 0),
    log: { info: write, error: write },
    ...change,
  };
  const post = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const bytes =
      body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const all: Readonly<Record<string, string>> = { "content-type": "application/json", ...headers };
    const answer = await receiveNotification({ header: (name) => all[name] ?? null, bytes: async () => bytes }, deps);
    answered.add(String(answer.status));
    return answer;
  };
  return { outbox, lines, post };
}

describe("a notification", () => {
  it("becomes a mail in the outbox, and is answered with its operation id", async () => {
    const { outbox, lines, post } = world();
    const answer = await post(good);
    const [entry] = outbox.entries;
    expect(answer).toMatchObject({ status: 202, body: { operationId: entry?.id, status: "queued" } });
    expect(entry?.mail).toEqual({ to: ["ops@example.com"], subject: good.subject, text: good.message });
    expect(lines).toEqual([`Mail ${entry?.id} was taken. ${JSON.stringify({ mail: entry?.id, recipients: 1 })}`]);
  });

  it("goes to several who may be written to, whatever the case of their addresses, to each once", async () => {
    const { outbox, post } = world();
    expect(
      (await post({ ...good, to_email: ["Ops@Example.com", "ops@example.com", "night@example.org"] })).status,
    ).toBe(202);
    expect(outbox.entries[0]?.mail?.to).toEqual(["ops@example.com", "night@example.org"]);
  });

  it.each(["dev@example.com", "a@sub.example.org", "a@example.org.evil.com", ["ops@example.com", "a@evil.com"]])(
    "to %j, who may not be written to, is refused as a whole",
    async (to_email) => {
      const { outbox, lines, post } = world();
      const answer = await post({ ...good, to_email });
      const pointer = Array.isArray(to_email) ? "/to_email/1" : "/to_email";
      expect(answer).toMatchObject({ status: 403, body: { errors: [{ pointer, detail: "may not be written to" }] } });
      expect(outbox.entries).toEqual([]);
      expect(JSON.stringify([answer, lines])).not.toMatch(/example\.(com|org)/);
    },
  );

  it.each([
    "ops@example.com,a@evil.com",
    "a@evil.com,ops@example.com",
    "ops@example.com\r\nBcc: a@evil.com",
    "Ops <ops@example.com>",
    '"a@evil.com,"@example.org',
    "ops(a@evil.com)@example.org",
    "a%evil.com@example.org",
    "ops@exаmple.com",
  ])("to %j, which is no plain address, is refused", async (to_email) => {
    const { outbox, post } = world();
    for (const to of [to_email, ["ops@example.com", to_email]]) {
      const answer = await post({ ...good, to_email: to });
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer)).not.toContain("evil.com");
    }
    expect(outbox.entries).toEqual([]);
  });

  it.each(["a\r\nBcc: x@evil.com", "a\nb", "a\rb", "a\0b", "a\u0085b", "a\u2028b", "\u202Egnp.exe", "a\uD800b"])(
    "with the subject %j is refused: it would begin another header, or look like another text",
    async (subject) => {
      const { outbox, post } = world();
      expect(await post({ ...good, subject })).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: "/subject", detail: "must be one line without control characters" }] },
      });
      expect(outbox.entries).toEqual([]);
    },
  );

  it("with several faults is told all of them, without what it held", async () => {
    const { post } = world();
    const answer = await post({ to_email: [], subject: "", message: 7, bcc: "a@evil.com" });
    expect(answer).toMatchObject({ status: 400, headers: { "content-type": "application/problem+json" } });
    expect(answer.body["errors"]).toEqual([
      { pointer: "/to_email", detail: expect.any(String) },
      { pointer: "/subject", detail: "must not be empty" },
      { pointer: "/message", detail: "must be text" },
      { pointer: "", detail: "must have no field but to_email, subject and message" },
    ]);
    expect(JSON.stringify(answer)).not.toContain("evil");
  });

  it.each([
    ["a list", []],
    ["a text", '"ops@example.com"'],
    ["nothing", "null"],
    ["a message of NUL", { ...good, message: "\0" }],
    ["a subject that is too long", { ...good, subject: "x".repeat(251) }],
    ["a message that is too long", { ...good, message: "x".repeat(20_001) }],
    ["too many recipients", { ...good, to_email: Array.from({ length: 51 }, (_, n) => `a${n}@example.org`) }],
    ["no JSON", "{"],
    ["an empty body", ""],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("that is %s is refused", async (_, body) => {
    expect((await world().post(body)).status).toBe(400);
  });

  it("is JSON by its content type", async () => {
    const { post } = world();
    for (const type of ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]) {
      expect((await post(good, { "content-type": type })).status).toBe(415);
    }
    for (const type of ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']) {
      expect((await post(good, { "content-type": type })).status).toBe(202);
    }
  });

  it("that is too large is refused, before it is read where it says so", async () => {
    const { post } = world();
    expect((await post(good, { "content-length": String(mostBodyBytes + 1) })).status).toBe(413);
    expect((await post(" ".repeat(mostBodyBytes + 1))).status).toBe(413);
    const largest = { ...good, subject: "字".repeat(250), message: "字".repeat(20_000) };
    expect((await post(largest)).status).toBe(202);
  });

  it("beyond the rate is told when to come again, before anything of it is read", async () => {
    const { outbox, post } = world({ rate: requestRate(2, () => 0) });
    expect([(await post(good)).status, (await post(good)).status]).toEqual([202, 202]);
    expect(await post("{")).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
    expect(outbox.entries).toHaveLength(2);
  });

  it.each(["STATE_UNAVAILABLE", "MAIL_OUTBOX_FULL"] as const)(
    "that cannot be kept (%s) is never called taken",
    async (code) => {
      const add = async () => {
        throw new BridgeError(code, "It failed.", { fix: "Do this." });
      };
      const { lines, post } = world({ outbox: { add } });
      expect(await post(good)).toMatchObject({ status: 503, headers: { "retry-after": "60" } });
      expect(lines).toEqual([expect.stringContaining(`"code":"${code}"`)]);
    },
  );

  it("lets a bug be one", async () => {
    const add = async () => {
      throw new TypeError("a bug");
    };
    await expect(world({ outbox: { add } }).post(good)).rejects.toThrow("a bug");
  });

  it("has no other answers than those in docs/openapi.json, where the host's own are too", () => {
    const text = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8");
    const { paths } = z
      .object({ paths: z.record(z.string(), z.object({ post: operation.optional() })) })
      .parse(JSON.parse(text));
    const documented = Object.keys(paths["/api/notification"]?.post?.responses ?? {});
    expect(new Set(documented)).toEqual(new Set([...answered, "401"]));
  });
});

const operation = z.object({ responses: z.record(z.string(), z.unknown()) });
