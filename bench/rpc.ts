// Calls between the benchmark and the servers it started as processes of their own.
import { fork } from "node:child_process";
import { once } from "node:events";

export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Remote<M extends Methods> {
  readonly pid: number | undefined;
  call<Name extends keyof M & string>(name: Name, ...args: Parameters<M[Name]>): Promise<Awaited<ReturnType<M[Name]>>>;
  stop(): Promise<void>;
}

interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** In the server's process: answers calls until the benchmark ends, whichever way it does. */
export function offer(methods: Methods): void {
  process.on("disconnect", () => process.exit());
  process.on("message", (message: Call) => void reply(methods, message));
}

async function reply(methods: Methods, { id, name, args }: Call): Promise<void> {
  try {
    const method: ((...given: readonly unknown[]) => unknown) | undefined = Object(methods)[name];
    if (method === undefined) throw new Error(`no method ${name}`);
    process.send?.({ id, value: await method(...args) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** Starts a file that calls `offer`; it answers as soon as it is ready. */
export function startRemote<M extends Methods>(file: URL): Remote<M> {
  const child = fork(file, { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: ["--max-old-space-size=8192"] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let calls = 0;
  child.on("message", ({ id, value, error }: Reply) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(value);
    else waiter?.reject(new Error(error));
  });
  child.on("exit", () => {
    for (const waiter of waiting.values()) waiter.reject(new Error(`${file.pathname} ended`));
  });
  return {
    pid: child.pid,
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        calls += 1;
        waiting.set(calls, { resolve: (value) => resolve(Object(value)), reject });
        child.send({ id: calls, name, args });
      }),
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
