// Two instances of the folder that goes into the image, behind the real nginx: one is killed under load, the other drained.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServiceBusEmulator, type ServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { post, postUntilTaken, startCallers } from "./callers.ts";
import { startInstance, type ContainerInstance } from "./container-instance.ts";
import { startNginx, type Nginx } from "./nginx.ts";

const KEY = "a-function-key-of-the-test-that-is-long-enough";
const QUEUE = "orders";
const execute = promisify(execFile);

describe("two instances of the staged container behind nginx", () => {
  let folder: string;
  let queue: ServiceBusEmulator;
  let environment: Readonly<Record<string, string>>;
  let killed: ContainerInstance;
  let drained: ContainerInstance;
  let nginx: Nginx;
  const instances: ContainerInstance[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "container-"));
    const script = fileURLToPath(new URL("../../scripts/container.ts", import.meta.url));
    const [azurite] = await Promise.all([sharedAzurite(), execute(process.execPath, [script, folder])]);
    makeReadOnly(folder);
    queue = await startServiceBusEmulator({ queues: [{ name: QUEUE, duplicateDetectionMs: 600_000 }] });
    environment = settings(azurite.connectionString, queue.connectionString(QUEUE));
    [killed, drained] = await Promise.all([start(), start()]);
    nginx = await startNginx([killed.port, drained.port]);
  }, 90_000);

  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    for (const one of instances) one.kill("SIGKILL");
    await Promise.all(instances.map(({ ended }) => ended));
    await queue.close();
    rmSync(folder, { recursive: true });
  });

  async function start(): Promise<ContainerInstance> {
    const instance = await startInstance(folder, environment);
    instances.push(instance);
    return instance;
  }

  /** Message ids in the queue, in order. */
  const stored = (): readonly string[] => queue.messages(QUEUE).map(({ messageId = "" }) => messageId);

  it("share the load, and lose and double nothing when one is killed in the middle of it", async () => {
    // Stored at once and confirmed a little later, so that a killed instance leaves requests whose outcome nobody knows.
    queue.faults.answerLate({ until: manyTurns });
    const callers = startCallers(nginx, KEY, 16);
    await callers.reached(200);
    const shares = [killed, drained].map(({ port }) => passedTo(nginx, port));
    killed.kill("SIGKILL");
    expect(await killed.ended).toBe("SIGKILL");
    await callers.reached(callers.acknowledged.size + 200);
    await callers.stop();
    queue.faults.clear();

    expect(Math.min(...shares)).toBeGreaterThan(Math.max(...shares) / 2);
    expect(callers.repeatedAfter.length).toBeGreaterThan(0);
    const arrived = stored();
    expect(arrived).toHaveLength(new Set(arrived).size);
    // Also nothing that was not acknowledged in the end: each caller went on until it was.
    expect(new Set(arrived)).toEqual(callers.acknowledged);
  });

  it("answer every request under way when one is told to end, while the other takes what is new", async () => {
    const again = await start();
    // Another nginx: the first one would leave the new instance alone for five seconds after the failure of the former.
    await using other = await startNginx([again.port, drained.port]);
    const before = stored().length;
    const held = queue.faults.commitLate({});
    const [underWay, later] = [newIds(6), newIds(4)];
    const first = await sentOff(underWay, async (id) => post(other, { id, key: KEY }));
    // Answered at once, by nginx and then by the instance itself: what was sent before has come to it, too.
    expect((await post(other, { id: randomUUID(), key: KEY, body: "[]" })).status).toBe(400);
    expect((await fetch(`http://127.0.0.1:${drained.port}/api/live`)).status).toBe(200);
    expect(stored()).toHaveLength(before);

    drained.kill("SIGTERM");
    await drained.whenPrinted("The app ends");
    const second = await sentOff(later, async (id) => postUntilTaken(other, { id, key: KEY }));
    while (held.held < 2) await nextTurn();
    queue.faults.clear();
    held.release();

    expect((await Promise.all(first)).map(({ status }) => status)).toEqual(Array(6).fill(200));
    await Promise.all(second);
    expect(await drained.ended).toBe(0);
    expect(drained.printed()).toContain("The app has ended");
    expect(stored().slice(before).toSorted()).toEqual([...underWay, ...later].toSorted());
    expect(passedTo(other, drained.port)).toBeGreaterThanOrEqual(2);
  });

  it("have the page of the dashboard with them, and the licence of its chart library", () => {
    expect(readdirSync(join(folder, "dist/cli/page"))).toEqual(expect.arrayContaining(["index.html", "uPlot.mjs"]));
    expect(readFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), "utf8")).toMatch(/^uplot@/m);
  });

  it("leave no key in what nginx or an instance writes, and no file in their folder", () => {
    const written = [nginx.accessLog().join("\n"), nginx.errorLog(), ...instances.map((one) => one.printed())].join(
      "\n",
    );
    expect(written).toContain("POST /api/webhook 502");
    expect(written).not.toContain(KEY);
    expect(readdirSync(folder).toSorted()).toEqual(STAGED);
  });
});

const STAGED = ["LICENSE", "THIRD-PARTY-NOTICES.txt", "dist", "host.json", "package.json"];

function settings(storage: string, queueConnection: string): Readonly<Record<string, string>> {
  return {
    AzureWebJobsStorage: storage,
    STATE_TABLE: uniqueName("state"),
    MICROSHARE_USERNAME: "somebody@example.com",
    MICROSHARE_PASSWORD: "a password that is not used",
    MICROSHARE_API_KEY: "11111111-2222-3333-4444-555555555555",
    MICROSHARE_DATA_CONTEXT: "EXAMPLE",
    RECORD_TYPE: "io.example.counter",
    // The timer is not the matter here: once a year.
    POLL_SCHEDULE: "0 0 3 29 2 *",
    SINKS: JSON.stringify([{ name: "queue", kind: "service-bus", connectionStringSetting: "QUEUE_CONNECTION" }]),
    QUEUE_CONNECTION: queueConnection,
    WEBHOOK: "on",
    WEBHOOK_SINK: "queue",
    WEBHOOK_REQUESTS_PER_MINUTE: "100000",
    HOST_FUNCTION_KEY: KEY,
  };
}

function newIds(count: number): readonly string[] {
  return Array.from({ length: count }, () => randomUUID());
}

function makeReadOnly(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) chmodSync(join(folder, name), 0o555);
  chmodSync(folder, 0o555);
}

/** A few milliseconds of a machine's time, however fast it is. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

/** Requests that an instance answered with success, by the log of nginx. */
function passedTo(nginx: Nginx, port: number): number {
  return nginx.accessLog().filter((line) => line.includes(`127.0.0.1:${port} 200`)).length;
}

/** Begins one request for each id, and resolves once every body has left this process. */
async function sentOff<Result>(
  ids: readonly string[],
  request: (id: string) => Promise<Result>,
): Promise<readonly Promise<Result>[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = ids.length;
  const onSent = (): void => {
    left -= 1;
    if (left === 0) resolve();
  };
  subscribe("undici:request:bodySent", onSent);
  const begun = ids.map(request);
  await promise;
  unsubscribe("undici:request:bodySent", onSent);
  return begun;
}
