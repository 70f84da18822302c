// No secret and nothing of a body leaves but where it has to: log, answers, output and messages are searched.
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { leaksIn, noLeaksIn, type Outgoing, type Secret } from "../secrets/search.ts";
import { printedSince, printedSoFar } from "../secrets/streams.ts";
import {
  KEY,
  QUEUE,
  SECRET,
  signed,
  startBus,
  startInstance,
  webhookSettings,
  type Answered,
} from "./webhook-under-test.ts";

const OLD = "the former webhook secret, with more than thirty-two characters";
const MARK = "Grüße-an-niemanden-4711";

describe("the webhook lets out", () => {
  it("no secret, no key and no body, whatever goes wrong", async () => {
    const before = printedSoFar();
    const answers: Answered[] = [];
    const lines: string[] = [];
    const bus = await startBus();
    const settings = await webhookSettings(bus, {
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_SECRET_OLD: OLD,
      LOG_LEVEL: "debug",
    });
    {
      await using instance = await startInstance(settings);
      const body = JSON.stringify({ clientId: MARK, opportunity: { text: MARK }, more: MARK });
      const post = async (text: string, headers: Readonly<Record<string, string>>) =>
        void answers.push(await instance.post(text, headers));
      await post(body, signed(body, { id: randomUUID() }));
      await post(body, signed(body, { secret: OLD, id: randomUUID() }));
      await post(body, { ...signed(body), "x-webhook-signature": SECRET });
      await post(body, { "x-functions-key": `${KEY}x` });
      for (const bad of [`${body}${MARK}`, `[${body}]`, JSON.stringify({ clientId: { MARK }, opportunity: [MARK] })]) {
        await post(bad, signed(bad));
      }
      bus.faults.reject("amqp:not-allowed", { times: 1, description: "a word of the queue" });
      await post(body, signed(body, { id: randomUUID() }));
      bus.faults.loseAcknowledgement({ times: 1 });
      await post(body, signed(body, { id: randomUUID() }));
      const large = JSON.stringify({ clientId: MARK, opportunity: "x".repeat(300_000) });
      await post(large, signed(large));
      await fetch(`${instance.adapter.url}/api/webhook?code=${encodeURIComponent(KEY)}`);
      lines.push(...instance.lines);
    }
    {
      await using instance = await startInstance({ ...settings, WEBHOOK_SECRET: `${SECRET}\n` });
      answers.push(await instance.post({ clientId: MARK, opportunity: MARK }));
      lines.push(...instance.lines);
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401, 400, 400, 400, 503, 503, 422, 503]);

    const heard = (channel: string, place: string, contents: readonly (string | Uint8Array)[]): readonly Outgoing[] =>
      contents.map((content) => ({ channel, place, content }));
    const outgoing = [
      ...heard("log", "line", lines),
      ...heard(
        "answer",
        "body",
        answers.map(({ body }) => JSON.stringify(body)),
      ),
      ...heard(
        "answer",
        "headers",
        answers.map(({ headers }) => JSON.stringify([...headers])),
      ),
      ...heard("output", "text", printedSince(before)),
      ...heard(
        "queue",
        "body",
        bus.messages(QUEUE).map((message) => message.body),
      ),
      ...heard(
        "queue",
        "properties",
        bus.messages(QUEUE).map(({ properties }) => JSON.stringify(properties)),
      ),
    ];
    const secrets: Secret[] = [
      { name: "WEBHOOK_SECRET", value: SECRET },
      { name: "WEBHOOK_SECRET_OLD", value: OLD },
      { name: "function key", value: KEY },
      { name: "key of the queue", value: "emulator-only-not-a-secret" },
      { name: "part of a body", value: MARK, allowed: [{ channel: "queue", place: "body" }] },
    ];
    noLeaksIn(outgoing, secrets);
    // It would be found elsewhere, as it is found where it has to be.
    const everywhere = secrets.map(({ name, value }) => ({ name, value }));
    expect(leaksIn(outgoing, everywhere).map(({ channel, place }) => `${channel} ${place}`)).toContain("queue body");
    await bus.close();
  });
});
