// The way of a mail through the outbox: limits, crashes, failures, and what is said of them.
import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import { mailLog } from "../../src/notify/mail-log.ts";
import { memoryMailer } from "../../src/notify/memory-mailer.ts";
import { memoryOutbox } from "../../src/notify/memory-outbox.ts";
import { sendMails, type SendDeps } from "../../src/notify/send-mails.ts";
import { japaneseMail } from "../contracts/mail-outbox.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-11-26T08:00:00Z");

function failed(code: ErrorCode): BridgeError {
  return new BridgeError(code, `It failed with ${code}.`, { fix: "Do this." });
}

function world(change: Partial<SendDeps> = {}) {
  let now = START;
  const outbox = memoryOutbox(() => now);
  const mailer = memoryMailer();
  const lines: { level: string; message: string; facts: Readonly<Record<string, unknown>> }[] = [];
  const write = (level: string) => (message: string, facts: Readonly<Record<string, unknown>>) =>
    void lines.push({ level, message, facts });
  let opened = 0;
  const deps: SendDeps = {
    outbox,
    openMailer: async () => {
      opened += 1;
      return mailer;
    },
    allowed: { addresses: ["ops@example.com"], domains: ["example.org"] },
    limits: { perMinute: 5, perHour: 10 },
    log: mailLog({ info: write("info"), warn: write("warn"), error: write("error") }),
    now: () => now,
    hasTimeLeft: () => true,
    ...change,
  };
  return {
    outbox,
    mailer,
    lines,
    deps,
    opened: () => opened,
    sends: () => mailer.calls.filter((call) => call.startsWith("send ")),
    stateOf: (id: string) => outbox.entries.find((entry) => entry.id === id)?.state,
    pass(ms: number) {
      now += ms;
    },
    async tick(ms = MINUTE) {
      now += ms;
      await sendMails(deps);
    },
  };
}

describe("a mail in the outbox", () => {
  it("is sent, followed to its end, and only then called sent off, without address or subject", async () => {
    const { outbox, mailer, lines, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    await tick(0);
    expect(mailer.mails.get(id)).toEqual(japaneseMail);
    expect(stateOf(id)).toMatchObject({ kind: "accepted", operationId: id });
    await tick();
    expect(lines).toEqual([]);
    mailer.end(id, "succeeded");
    await tick(2 * MINUTE);
    expect(stateOf(id)).toMatchObject({ kind: "succeeded" });
    expect(lines).toEqual([
      {
        level: "info",
        message: `Mail ${id} was sent off.`,
        facts: { mail: id, recipients: 2, outcome: "succeeded", afterSeconds: 180 },
      },
    ]);
    await tick();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toMatch(/example|障害/);
  });

  it("keeps nothing of its content from the moment that the service has it", async () => {
    const { outbox, tick } = world();
    await outbox.add(japaneseMail);
    await tick(0);
    expect(JSON.stringify(outbox.entries)).not.toMatch(/example|会議室/);
  });

  it("that the service cannot send off is told with its code and fix", async () => {
    const { outbox, mailer, lines, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    await tick(0);
    mailer.end(id, "failed");
    await tick();
    expect(stateOf(id)).toMatchObject({ kind: "failed" });
    expect(lines).toMatchObject([
      { level: "error", facts: { mail: id, outcome: "failed", error: { code: "MAIL_FAILED" } } },
    ]);
  });

  it("that the service refuses ends, and the others go on", async () => {
    const { outbox, mailer, lines, stateOf, tick } = world();
    const ids = [await outbox.add(japaneseMail), await outbox.add(japaneseMail)];
    mailer.nextSends({ answer: { kind: "refused", error: failed("MAIL_REFUSED") } });
    await tick(0);
    const kinds = new Set(ids.map((id) => stateOf(id)?.kind));
    expect(kinds).toEqual(new Set(["accepted", "failed"]));
    expect(lines).toMatchObject([{ level: "error", facts: { error: { code: "MAIL_REFUSED", fix: "Do this." } } }]);
  });

  it("is not sent to whom it may not go any more", async () => {
    const { outbox, lines, stateOf, sends, tick } = world({ allowed: { addresses: ["ops@example.com"], domains: [] } });
    const id = await outbox.add(japaneseMail);
    await tick(0);
    expect(sends()).toEqual([]);
    expect(stateOf(id)).toMatchObject({ kind: "failed" });
    expect(lines).toMatchObject([{ facts: { error: { code: "MAIL_REFUSED" } } }]);
  });

  it("is given up after a day, and that is told", async () => {
    const { outbox, mailer, lines, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    mailer.nextSends(
      ...Array.from({ length: 400 }, () => ({ answer: { kind: "not-taken", error: failed("MAIL_DENIED") } }) as const),
    );
    for (let hour = 0; hour <= 24; hour += 1) await tick(HOUR);
    expect(stateOf(id)).toMatchObject({ kind: "given-up" });
    expect(lines.at(-1)).toMatchObject({ level: "error", facts: { error: { code: "MAIL_GIVEN_UP" } } });
    await tick(25 * HOUR);
    expect(outbox.entries).toEqual([]);
  });

  it("whose outcome the service never tells is given up after a day too", async () => {
    const { outbox, lines, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    for (let hour = 0; hour <= 25; hour += 1) await tick(HOUR);
    expect(stateOf(id)).toMatchObject({ kind: "given-up" });
    expect(lines).toMatchObject([{ facts: { error: { message: expect.stringContaining("did not say") } } }]);
  });
});

describe("after a crash", () => {
  const dies = (): never => {
    throw new Error("the process died");
  };

  it("between the send and its note the operation is asked for, and nothing is sent again", async () => {
    const { outbox, mailer, deps, sends, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    const dying = {
      ...mailer,
      send: async (...args: Parameters<typeof mailer.send>) => (await mailer.send(...args), dies()),
    };
    await expect(sendMails({ ...deps, openMailer: async () => dying })).rejects.toThrow("died");
    expect(stateOf(id)).toMatchObject({ kind: "sending" });
    await tick();
    expect(mailer.calls).toHaveLength(1);
    await tick();
    expect(mailer.calls).toEqual([`send ${id}`, `outcome ${id}`]);
    mailer.end(id, "succeeded");
    await tick(2 * MINUTE);
    expect(stateOf(id)).toMatchObject({ kind: "succeeded" });
    expect(sends()).toHaveLength(1);
  });

  it("before the send it is sent, under the same operation id", async () => {
    const { outbox, mailer, deps, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    await expect(
      sendMails({ ...deps, openMailer: async () => ({ ...mailer, send: async () => dies() }) }),
    ).rejects.toThrow("died");
    await tick(2 * MINUTE);
    expect(mailer.calls).toEqual([`outcome ${id}`, `send ${id}`]);
    expect(stateOf(id)).toMatchObject({ kind: "accepted" });
  });

  it("the same goes for a send without an answer, and a service that cannot be asked is asked again", async () => {
    const { outbox, mailer, lines, sends, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    mailer.nextSends({ answer: { kind: "uncertain", error: failed("MAIL_UNAVAILABLE") }, taken: true });
    mailer.nextOutcomes({ kind: "unanswered", error: failed("MAIL_UNAVAILABLE") });
    for (let minute = 0; minute < 6; minute += 1) await tick();
    expect(stateOf(id)).toMatchObject({ kind: "accepted" });
    expect(sends()).toHaveLength(1);
    expect(lines.map(({ level }) => level)).toEqual(["warn", "warn"]);
  });

  it("a mail that is lost each time is given up after five sends: each may have been one", async () => {
    const { outbox, mailer, sends, stateOf, tick } = world();
    const id = await outbox.add(japaneseMail);
    const lost = { answer: { kind: "uncertain", error: failed("MAIL_UNAVAILABLE") } } as const;
    mailer.nextSends(...Array.from({ length: 20 }, () => lost));
    for (let minute = 0; minute < 40; minute += 1) await tick();
    expect(sends()).toHaveLength(5);
    expect(stateOf(id)).toMatchObject({ kind: "given-up" });
  });
});

describe("the limits of the service", () => {
  it("are kept: five mails in a minute, ten in an hour, the rest later and in order", async () => {
    const { outbox, sends, pass, tick } = world();
    const ids: string[] = [];
    for (let mail = 0; mail < 12; mail += 1) {
      ids.push(await outbox.add(japaneseMail));
      pass(1);
    }
    await tick(0);
    expect(sends()).toHaveLength(5);
    await tick(MINUTE);
    await tick(MINUTE);
    expect(sends()).toHaveLength(10);
    await tick(50 * MINUTE);
    expect(sends()).toHaveLength(10);
    await tick(10 * MINUTE);
    expect(sends()).toEqual(ids.map((id) => `send ${id}`));
  });

  it("are kept by several processes together", async () => {
    const { outbox, deps, sends } = world();
    for (let mail = 0; mail < 12; mail += 1) await outbox.add(japaneseMail);
    await Promise.all(Array.from({ length: 4 }, () => sendMails(deps)));
    expect(sends()).toHaveLength(5);
    expect(new Set(sends()).size).toBe(5);
  });

  it("that the service tells of hold for every mail, for as long as it says", async () => {
    const { outbox, mailer, sends, lines, tick } = world();
    await outbox.add(japaneseMail);
    await outbox.add(japaneseMail);
    mailer.nextSends({ answer: { kind: "not-taken", error: failed("MAIL_THROTTLED"), retryAfterMs: 30 * MINUTE } });
    await tick(0);
    for (let minute = 0; minute < 29; minute += 1) await tick();
    expect(sends()).toHaveLength(1);
    await tick();
    expect(sends()).toHaveLength(3);
    expect(lines).toMatchObject([{ level: "warn", facts: { error: { code: "MAIL_THROTTLED" } } }]);
  });

  it("for questions are kept as well: less than three for a mail that takes five minutes", async () => {
    const { outbox, mailer, tick } = world();
    const id = await outbox.add(japaneseMail);
    for (let minute = 0; minute < 5; minute += 1) await tick();
    mailer.end(id, "succeeded");
    for (let minute = 0; minute < 5; minute += 1) await tick();
    expect(mailer.calls.filter((call) => call.startsWith("outcome"))).toHaveLength(3);
  });
});

describe("a call with nothing to do", () => {
  it("costs one call to the store, and does not open the mailer", async () => {
    const calls: PropertyKey[] = [];
    const { outbox, deps, opened } = world();
    const counting = new Proxy(outbox, {
      get(target, name, receiver) {
        calls.push(name);
        return Reflect.get(target, name, receiver);
      },
    });
    await sendMails({ ...deps, outbox: counting });
    expect(calls).toEqual(["look"]);
    expect(opened()).toBe(0);
  });

  it("is what is left when time is over: what is not sent stays", async () => {
    const { outbox, sends, stateOf, tick } = world({ hasTimeLeft: () => false });
    const id = await outbox.add(japaneseMail);
    await tick(0);
    expect(sends()).toEqual([]);
    expect(stateOf(id)).toMatchObject({ kind: "queued" });
  });
});
