// Load on two instances of a contender, and whether each request that was answered with success is in the queue exactly once.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import autocannon from "autocannon";
import { CONTENDER_CORE, pin } from "./processes.ts";
import type { Remote } from "./rpc.ts";
import type { QueueMethods } from "./servers/queue.ts";
import { FUNCTION_KEY } from "./webhook-instance.ts";

export type Contender = "bridge" | "plain" | "floor";

export interface WebhookFigures {
  readonly contender: Contender;
  /** What the emulator waits before it confirms a send. */
  readonly latencyMs: number;
  readonly connections: number;
  readonly requestsPerSecond: number;
  /** Of both instances, all threads, for each request: what is left of a measurement when others keep the machine busy. */
  readonly cpuMicrosPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly acknowledged: number;
  readonly otherAnswers: number;
  /** Messages in the queue, and sends over the wire that brought them. */
  readonly messages: number;
  readonly transfers: number;
  /** Acknowledged and not in the queue, and more than once in it. */
  readonly missing: number;
  readonly repeated: number;
}

export interface Killed {
  readonly acknowledged: number;
  /** Tries that failed and were made again at the other instance with the same id. */
  readonly retried: number;
  /** Repeats that reached the queue, and were dropped there. */
  readonly dropped: number;
  readonly missing: number;
  readonly repeated: number;
}

interface Load {
  readonly contender: Contender;
  readonly latencyMs: number;
  readonly connections: number;
  readonly seconds: number;
}

/** Of each instance: until the compiler has done most of its work. */
const WARM_UP_REQUESTS = 5_000;
const headers = { "content-type": "application/json", "x-functions-key": FUNCTION_KEY };
const BODY = JSON.stringify({ clientId: "client-0042", opportunity: "o".repeat(200) });

export async function measureWebhook(queue: Remote<QueueMethods>, load: Load): Promise<WebhookFigures> {
  const { contender, latencyMs, connections, seconds } = load;
  const { connectionString } = await queue.call("begin", latencyMs);
  const instances = await Promise.all([1, 2].map(() => startContender(contender, connectionString)));
  const acknowledged = new Set<string>();
  let otherAnswers = 0;
  const onResponse = (status: number, body: string): void => {
    const id = status === 200 ? /"correlationId":"([^"]+)"/.exec(body)?.[1] : undefined;
    if (id === undefined) otherAnswers += 1;
    else acknowledged.add(id);
  };
  const shoot = (length: { readonly duration: number } | { readonly amount: number }) =>
    Promise.all(
      instances.map(({ url }) =>
        autocannon({
          url: `${url}/api/webhook`,
          connections: connections / instances.length,
          ...length,
          method: "POST",
          headers,
          body: BODY,
          requests: [{ onResponse }],
        }),
      ),
    );
  try {
    await shoot({ amount: WARM_UP_REQUESTS });
    const cpuBefore = await cpuOf(instances);
    const results = await shoot({ duration: seconds });
    const cpuMicros = (await cpuOf(instances)) - cpuBefore;
    const total = results.reduce((sum, { requests }) => sum + requests.total, 0);
    const { ids, transfers } = await queue.call("content");
    return {
      contender,
      latencyMs,
      connections,
      requestsPerSecond: total / seconds,
      cpuMicrosPerRequest: cpuMicros / total,
      p50Ms: Math.max(...results.map(({ latency }) => latency.p50)),
      p99Ms: Math.max(...results.map(({ latency }) => latency.p99)),
      acknowledged: acknowledged.size,
      otherAnswers,
      messages: Object.keys(ids).length,
      transfers,
      ...(contender === "floor" ? { missing: 0, repeated: 0 } : compared(acknowledged, ids)),
    };
  } finally {
    await Promise.all(instances.map((one) => one.stop()));
  }
}

/** Callers with ids of their own; one instance is killed in the middle, and they go on at the other with what failed. */
export async function killUnderLoad(
  queue: Remote<QueueMethods>,
  { connections, seconds }: Pick<Load, "connections" | "seconds">,
): Promise<Killed> {
  const { connectionString } = await queue.call("begin", 2);
  const instances = await Promise.all([1, 2].map(() => startContender("bridge", connectionString)));
  const [first, second] = instances.map(({ url }) => url);
  if (first === undefined || second === undefined) throw new Error("two instances are needed");
  const acknowledged = new Set<string>();
  let retried = 0;
  const end = performance.now() + seconds * 1000;
  async function caller(home: string): Promise<void> {
    let at = home;
    while (performance.now() < end) {
      const id = randomUUID();
      while (!(await posted(at, id))) {
        retried += 1;
        at = second ?? home;
      }
      acknowledged.add(id);
    }
  }
  try {
    const callers = Array.from({ length: connections }, (_none, index) => caller(index % 2 === 0 ? first : second));
    setTimeout(() => instances[0]?.kill(), (seconds * 1000) / 2);
    await Promise.all(callers);
    const { ids, dropped } = await queue.call("content");
    return { acknowledged: acknowledged.size, retried, dropped, ...compared(acknowledged, ids) };
  } finally {
    await Promise.all(instances.map((one) => one.stop()));
  }
}

async function posted(url: string, id: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/webhook`, {
      method: "POST",
      headers: { ...headers, "x-correlation-id": id },
      body: BODY,
    });
    await answer.text();
    return answer.status === 200;
  } catch (error) {
    // What fetch throws when the other side has gone.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function compared(
  acknowledged: ReadonlySet<string>,
  ids: Readonly<Record<string, number>>,
): { readonly missing: number; readonly repeated: number } {
  let missing = 0;
  for (const id of acknowledged) if (ids[id] === undefined) missing += 1;
  return { missing, repeated: Object.values(ids).filter((count) => count > 1).length };
}

async function cpuOf(instances: readonly Started[]): Promise<number> {
  const used = await Promise.all(instances.map((one) => one.cpuMicros()));
  return used.reduce((sum, micros) => sum + micros, 0);
}

interface Started {
  readonly url: string;
  /** Used so far. */
  cpuMicros(): Promise<number>;
  kill(): void;
  stop(): Promise<void>;
}

async function startContender(contender: Contender, connectionString: string): Promise<Started> {
  const child = fork(new URL(`contenders/webhook-${contender}.ts`, import.meta.url), [connectionString], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  pin(child.pid, CONTENDER_CORE);
  const [message]: unknown[] = await once(child, "message");
  const { url }: { readonly url: string } = Object(message);
  // The first request loads what all of them need.
  if (!(await posted(url, randomUUID()))) throw new Error(`${contender} does not take a request`);
  const cpuMicros = async (): Promise<number> => {
    const answer = once(child, "message");
    child.send("cpu");
    const [{ cpuMicros: used }]: [{ readonly cpuMicros: number }] = Object(await answer);
    return used;
  };
  return { url, cpuMicros, kill: () => void child.kill("SIGKILL"), stop: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.disconnect();
  await exit;
}
