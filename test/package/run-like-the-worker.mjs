// Loads an app folder as the Functions Node worker does and fires its timer once, in a process of its own: log hooks are
// called for every line, as the worker does. Prints what the host would see, and what the process loaded and connected to.
import { readFileSync } from "node:fs";
import Module, { registerHooks } from "node:module";
import net from "node:net";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const [, , folder, traceParent] = process.argv;
const loaded = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith("file:")) loaded.push(basename(new URL(url).pathname));
    return next(url, context);
  },
});
const connections = [];
const plainConnect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connect(...args) {
  const [first] = args.flat();
  connections.push(String(first?.port ?? first));
  return plainConnect.apply(this, args);
};
let listening = 0;
const plainListen = net.Server.prototype.listen;
net.Server.prototype.listen = function listen(...args) {
  listening += 1;
  return plainListen.apply(this, args);
};

const hooks = new Map();
const functions = new Map();
let model;
const core = {
  version: "4.0.0",
  Disposable: class {
    dispose() {}
  },
  setProgrammingModel: (given) => void (model = given),
  registerHook(name, callback) {
    if (process.env.NO_LOG_HOOK && name === "log") {
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
    }
    hooks.set(name, callback);
    return new core.Disposable();
  },
  registerFunction: ({ name }, callback) => void functions.set(name, callback),
  log() {},
};
const plainRequire = Module.prototype.require;
Module.prototype.require = function require(name) {
  return name === "@azure/functions-core" ? core : plainRequire.call(this, name);
};

const { main } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
await import(pathToFileURL(`${folder}/${main}`).href);
const loadedAtStart = loaded.length;
const capabilities = await model.getCapabilities({});

const lines = [];
const log =
  (level) =>
  (...args) => {
    const message = format(...args);
    lines.push(message);
    hooks.get("log")?.({ hookData: {}, level: "warning", message: "a line of the worker", category: "system" });
    hooks.get("log")?.({ hookData: {}, level, message, category: "user" });
  };
const context = {
  invocationId: "00000000-0000-4000-8000-0000000000aa",
  functionName: "forward",
  traceContext: { traceParent },
  debug: log("debug"),
  info: log("information"),
  warn: log("warning"),
  error: log("error"),
};
const failure = await functions
  .get("forward")({ isPastDue: false }, context)
  .then(
    () => undefined,
    (error) => error.code ?? String(error),
  );
const seen = JSON.stringify({
  capabilities,
  hooks: [...hooks.keys()],
  lines,
  failure,
  loaded,
  loadedAtStart,
  connections,
  listening,
});
// The worker lives on; kept connections would hold this process for some seconds.
process.stdout.write(seen, () => process.exit(0));
