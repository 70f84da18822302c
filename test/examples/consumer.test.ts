// The example of a consumer: its handlers, run against events that repeat, on real storage.
import { TableClient } from "@azure/data-tables";
import { InvocationContext } from "@azure/functions";
import { ContainerClient } from "@azure/storage-blob";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { EventClaimed, openDoneTable, type DoneTableOptions } from "../../examples/consumer/src/done-table.ts";
import { fromEventHub } from "../../examples/consumer/src/functions/from-event-hub.ts";
import { fromQueue } from "../../examples/consumer/src/functions/from-queue.ts";
import { eventIdOf } from "../../examples/consumer/src/received-event.ts";
import { openRecordBlobs } from "../../examples/consumer/src/record-blobs.ts";
import { postRecord } from "../../examples/consumer/src/target.ts";
import { eventIdOf as bridgeEventIdOf } from "../../src/microshare/event-id.ts";
import { toEvent } from "../../src/pipeline/to-event.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { fc } from "../fast-check.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = `${root}examples/consumer`;
const run = promisify(execFile);

/** As the bridge makes them. */
function sent(key: string, version = "1"): OutgoingEvent {
  const eventId = bridgeEventIdOf("io.type", key, version);
  const body = Buffer.from(JSON.stringify({ key, version }));
  const record = { recType: "io.type", key, version, eventId, time: 0, device: "d", body };
  return toEvent(record, { route: "r@s", feed: "r", late: false });
}

/** What the host makes of them: bodies parsed, the rest in arrays beside. */
function batch(events: readonly OutgoingEvent[], { messageIds = true } = {}) {
  const lines: string[] = [];
  const context = new InvocationContext({
    functionName: "fromEventHub",
    logHandler: (_level, ...args) => void lines.push(args.join(" ")),
    triggerMetadata: {
      propertiesArray: events.map(({ properties }) => properties),
      systemPropertiesArray: events.map(({ eventId }) => (messageIds ? { "message-id": eventId } : {})),
    },
  });
  return { messages: events.map(({ body }): unknown => JSON.parse(Buffer.from(body).toString())), context, lines };
}

function message(event: OutgoingEvent) {
  const triggerMetadata = { applicationProperties: event.properties, messageId: event.eventId };
  const body: unknown = JSON.parse(Buffer.from(event.body).toString());
  return { body, context: new InvocationContext({ functionName: "fromQueue", logHandler: () => {}, triggerMetadata }) };
}

const ten = Array.from({ length: 10 }, (_, n) => sent(`k${n}`));

describe("the function on the event hub", () => {
  async function start() {
    const { connectionString } = await sharedAzurite();
    const container = uniqueName("records");
    const handler = fromEventHub(() => openRecordBlobs(connectionString, container));
    const client = new ContainerClient(connectionString, container);
    const stored = async () => {
      const names: string[] = [];
      for await (const { name } of client.listBlobsFlat()) names.push(name);
      return names.toSorted();
    };
    return { handler, stored, client };
  }
  const namesOf = (events: readonly OutgoingEvent[]) =>
    events.map(({ eventId }) => `io.type/${eventId}.json`).toSorted();

  it("stores each event once, however often batches repeat and overlap", async () => {
    const { handler, stored, client } = await start();
    const batches = [ten.slice(0, 6), ten.slice(0, 6), ten.slice(3), [...ten, ...ten]].map((events) => batch(events));
    for (const { messages, context } of batches) await handler(messages, context);
    expect(await stored()).toEqual(namesOf(ten));
    expect(batches.map(({ lines }) => lines)).toEqual([
      ["6 events, 0 of them repeats"],
      ["6 events, 6 of them repeats"],
      ["7 events, 3 of them repeats"],
      ["20 events, 20 of them repeats"],
    ]);
    const blob = await client.getBlobClient(namesOf([sent("k3")])[0] ?? "").downloadToBuffer();
    expect(blob.toString()).toBe('{"key":"k3","version":"1"}');
  });

  it("stores each event once for two instances at the same time", async () => {
    const { handler, stored } = await start();
    await handler([], batch([]).context);
    const both = [batch(ten), batch(ten.toReversed())];
    await Promise.all(both.map(async ({ messages, context }) => handler(messages, context)));
    expect(await stored()).toEqual(namesOf(ten));
    const repeats = both.flatMap(({ lines }) => lines).map((line) => Number(/, (\d+) of/u.exec(line)?.[1]));
    expect(repeats.reduce((sum, one) => sum + one, 0)).toBe(10);
  });

  it("takes a new version of a record as a new event", async () => {
    const { handler, stored } = await start();
    const versions = [sent("k", "1"), sent("k", "2"), sent("k", "1")];
    const { messages, context } = batch(versions);
    await handler(messages, context);
    expect(await stored()).toEqual(namesOf(versions.slice(0, 2)));
  });

  it("works out the same ids where the host names none", async () => {
    const { handler, stored } = await start();
    for (const messageIds of [true, false]) {
      const { messages, context } = batch(ten, { messageIds });
      await handler(messages, context);
    }
    expect(await stored()).toEqual(namesOf(ten));
  });

  it("leaves out what others sent, and says so", async () => {
    const { handler, stored } = await start();
    const { messages, context, lines } = batch(ten.slice(0, 2));
    context.triggerMetadata = { propertiesArray: [null, ten[1]?.properties] };
    await handler(messages, context);
    expect(await stored()).toEqual(namesOf(ten.slice(1, 2)));
    expect(lines[0]).toContain("does not come from the bridge");
  });
});

describe("the function on the queue", () => {
  /** Takes everything as often as it comes. */
  async function startTarget() {
    const target = { bodies: [] as string[], status: 200, beforeAnswer: async () => {} };
    const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = await text(request);
      if (target.status === 200) target.bodies.push(body);
      await target.beforeAnswer();
      response.writeHead(target.status).end();
    };
    const server = createServer((request, response) => {
      take(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the target has no port");
    return { target, url: `http://127.0.0.1:${address.port}/` };
  }

  async function start(more: Partial<DoneTableOptions> = {}) {
    const { connectionString } = await sharedAzurite();
    const table = uniqueName("consumed");
    const { target, url } = await startTarget();
    const options = { connectionString, table, ...more };
    const handler = fromQueue(
      () => openDoneTable(options),
      (event) => postRecord(url, event),
    );
    return { handler, target, options };
  }

  it("delivers each event once, however often its message comes", async () => {
    const { handler, target } = await start();
    for (const event of [...ten, ...ten.toReversed(), ...ten]) {
      const { body, context } = message(event);
      await handler(body, context);
    }
    expect(target.bodies.toSorted()).toEqual(ten.map(({ body }) => Buffer.from(body).toString()).toSorted());
  });

  it("delivers it once for two instances at the same time: the second one waits, then its message comes again", async () => {
    const waits: number[] = [];
    const { handler, target } = await start({ wait: async (ms) => waits.push(ms) });
    const { promise: atTarget, resolve: reached } = Promise.withResolvers<void>();
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
    target.beforeAnswer = () => {
      reached();
      return mayAnswer;
    };
    const { body, context } = message(sent("k0"));
    const first = handler(body, context);
    await atTarget;
    await expect(handler(body, context)).rejects.toThrow(EventClaimed);
    const waitedMs = waits.reduce((sum, ms) => sum + ms, 0);
    expect(waitedMs).toBe(4 * 60_000);
    // The queue sets a message aside after ten deliveries: they must outlast the claim of an instance that died.
    expect(10 * waitedMs).toBeGreaterThan(15 * 60_000);
    answer();
    await first;
    await handler(body, context);
    expect(target.bodies).toHaveLength(1);
  });

  it("waits for the instance that is at it, and drops the repeat once that is done", async () => {
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
    const { promise: atTarget, resolve: reached } = Promise.withResolvers<void>();
    let first: unknown;
    const { handler, target } = await start({
      wait: async () => {
        answer();
        await first;
      },
    });
    target.beforeAnswer = () => {
      reached();
      return mayAnswer;
    };
    const { body, context } = message(sent("k0"));
    first = handler(body, context);
    await atTarget;
    await handler(body, context);
    expect(target.bodies).toHaveLength(1);
  });

  it("delivers it later when the target fails", async () => {
    const { handler, target } = await start();
    const { body, context } = message(sent("k0"));
    target.status = 503;
    await expect(handler(body, context)).rejects.toThrow("503");
    target.status = 200;
    await handler(body, context);
    await handler(body, context);
    expect(target.bodies).toHaveLength(1);
  });

  it("takes over from an instance that died, once its claim is old enough", async () => {
    const clock = { now: Date.now() };
    const { handler, target, options } = await start({ claimMs: 60_000, patienceMs: 0, now: () => clock.now });
    const table = await openDoneTable(options);
    const { body, context } = message(sent("k0"));
    // It never comes back, and its claim stays.
    void table.once(sent("k0").eventId, () => new Promise<void>(() => {}));
    const client = TableClient.fromConnectionString(options.connectionString, options.table, {
      allowInsecureConnection: true,
    });
    await expect.poll(async () => (await rowsOf(client)).length).toBe(1);
    clock.now += 30_000;
    await expect(handler(body, context)).rejects.toThrow(EventClaimed);
    clock.now += 31_000;
    await handler(body, context);
    await handler(body, context);
    expect(target.bodies).toHaveLength(1);
    expect(await rowsOf(client)).toEqual(["done"]);
  });

  async function rowsOf(client: TableClient): Promise<readonly string[]> {
    const states: string[] = [];
    for await (const row of client.listEntities<{ state: string }>()) states.push(row.state);
    return states;
  }
});

describe("the example as a whole", () => {
  it("knows the bridge's event ids", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), fc.string(), (recType, key, version) => {
        expect(eventIdOf(recType, key, version)).toBe(bridgeEventIdOf(recType, key, version));
      }),
    );
  });

  it("compiles with its own settings", { timeout: 120_000 }, async () => {
    const tsc = createRequire(import.meta.url)
      .resolve("typescript/package.json")
      .replace("package.json", "bin/tsc");
    await expect(run(process.execPath, [tsc, "-p", example, "--noEmit"])).resolves.toMatchObject({ stdout: "" });
  });

  it("registers both functions without a setting", { timeout: 60_000 }, async () => {
    const script = `await import(${JSON.stringify(`${example}/src/main.ts`)})`;
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", script], { env: {} });
    // Outside the host the library only says what it would have registered.
    for (const name of ["fromEventHub", "fromQueue"]) expect(stdout + stderr).toContain(name);
  });

  it("uses the versions that are tested here", () => {
    const own = dependenciesIn(`${example}/package.json`);
    const ours = dependenciesIn(`${root}package.json`);
    expect(Object.keys(own).length).toBeGreaterThan(3);
    expect(ours).toMatchObject(own);
  });
});

function dependenciesIn(path: string): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path, "utf8"));
  return { ...dependencies, ...devDependencies };
}
