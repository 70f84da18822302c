// A process that loads the built app as the Functions worker does, and invokes its timer function when it is told to.
// Started by `app-process.ts` with the folder of the app; ends with its parent.
import { readFileSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FromHost, ToHost } from "./messages.ts";

/** What the programming model asks of the worker, and what the worker asks of it: the parts that matter here. */
interface Registration {
  readonly name: string;
  readonly bindings: Readonly<Record<string, { readonly type: string }>>;
}
type Callback = (...inputs: unknown[]) => unknown;
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
}
interface ProgrammingModel {
  getInvocationModel(core: Readonly<Record<string, unknown>>): InvocationModel;
}

let model: ProgrammingModel | undefined;
const registered = new Map<string, { metadata: Registration; callback: Callback }>();
const disposable = { dispose: () => undefined };
const core = {
  version: "4.0.0",
  Disposable: class {
    dispose(): void {}
  },
  setProgrammingModel: (given: ProgrammingModel) => void (model = given),
  registerHook: () => disposable,
  registerFunction(metadata: Registration, callback: Callback) {
    registered.set(metadata.name, { metadata, callback });
    return disposable;
  },
  log: () => undefined,
};
/** What `require` ends in, also the one that the bundle makes for itself. */
const requiring: { require(this: unknown, name: string): unknown } = Module.prototype;
const plain = { require: Object.getOwnPropertyDescriptor(requiring, "require")?.value };
requiring.require = function require(this: unknown, name: string): unknown {
  return name === "@azure/functions-core" ? core : Reflect.apply(plain.require, this, [name]);
};

const folder = String(process.argv[2]);
const { main } = Object(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
await import(pathToFileURL(join(folder, String(main))).href);

process.on("disconnect", () => process.exit());
process.on("message", (message: ToHost) => void invoke(message).then(tell));
tell({ kind: "ready" });

function tell(message: FromHost): void {
  process.send?.(message);
}

async function invoke({ invocationId, isPastDue }: ToHost): Promise<FromHost> {
  const forward = registered.get("forward");
  if (forward === undefined || model === undefined) throw new Error("the app registered no function forward");
  const { metadata, callback } = forward;
  const [binding = ""] = Object.keys(metadata.bindings);
  const lines: string[] = [];
  const invocation = model.getInvocationModel({
    invocationId,
    metadata,
    request: { invocationId, inputData: [{ name: binding, data: { json: timerJson(isPastDue) } }] },
    log: (_level: string, _category: string, line: string) => lines.push(line),
  });
  try {
    const { context, inputs } = await invocation.getArguments();
    await invocation.invokeFunction(context, inputs, callback);
    return { kind: "ended", lines };
  } catch (error) {
    return { kind: "ended", lines, error: error instanceof Error ? error.message : String(error) };
  }
}

/** As the host sends it: with capital letters. */
function timerJson(isPastDue: boolean): string {
  const none = new Date(0).toISOString();
  return JSON.stringify({
    IsPastDue: isPastDue,
    Schedule: { AdjustForDST: false },
    ScheduleStatus: { Last: none, Next: none, LastUpdated: none },
  });
}
