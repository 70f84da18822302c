// What the Functions worker gives an app under the name `@azure/functions-core`: here it catches the handler.
import Module from "node:module";

export type Handler = (timer: unknown, context: unknown) => Promise<void>;

export interface Registered {
  handler: Handler | undefined;
}

/** From now on `@azure/functions-core` can be asked for, in this process. */
export function actAsWorker(): Registered {
  const registered: Registered = { handler: undefined };
  const core = {
    version: "4.0.0",
    Disposable: class {
      dispose(): void {}
    },
    setProgrammingModel(): void {},
    registerHook: () => new core.Disposable(),
    registerFunction(_metadata: unknown, callback: Handler) {
      registered.handler = callback;
      return new core.Disposable();
    },
    log(): void {},
  };
  // The worker answers this one name itself; there is no such package.
  const { prototype } = Module;
  const plain: (name: string) => unknown = Object(prototype).require;
  Object(prototype).require = function require(this: unknown, name: string): unknown {
    return name === "@azure/functions-core" ? core : plain.call(this, name);
  };
  return registered;
}

/** An invocation that says only what is wrong. */
export function quietContext(invocationId: string): unknown {
  const logs = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: say };
  return { invocationId, functionName: "forward", ...logs };
}

function quiet(): void {}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
