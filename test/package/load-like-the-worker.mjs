// Loads an app folder as the Functions Node worker does, in a process of its own: reads `main` from package.json, gives
// the programming model the virtual module `@azure/functions-core`, imports the entry, and prints what was registered.
import { readFileSync } from "node:fs";
import Module from "node:module";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const registered = [];
const touched = [];
const core = {
  version: "4.0.0",
  Disposable: class {
    dispose() {}
  },
  setProgrammingModel() {},
  registerHook: (name) => {
    touched.push(`hook ${name}`);
    return new core.Disposable();
  },
  registerFunction: (metadata) => {
    registered.push(metadata);
    return new core.Disposable();
  },
  log() {},
};
const plainRequire = Module.prototype.require;
Module.prototype.require = function require(name) {
  if (name === "@azure/functions-core") return core;
  return plainRequire.call(this, name);
};

// What an import must not do: open sockets, read or write files of its own, leave timers behind.
for (const [owner, name] of [
  [(await import("node:net")).default.Socket.prototype, "connect"],
  [(await import("node:dns")).default, "lookup"],
  [(await import("node:child_process")).default, "spawn"],
  [(await import("node:fs")).default, "writeFileSync"],
  [(await import("node:fs")).default, "writeFile"],
]) {
  const plain = owner[name];
  owner[name] = function watched(...args) {
    touched.push(name);
    return plain.apply(this, args);
  };
}
/** Kinds of work that would keep going after the import; what Node itself uses to load files is not among them. */
const lasting = () => process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate|TCP|UDP|Process/.test(kind));
const before = lasting().length;
const environmentBefore = JSON.stringify(process.env);
const { main } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
const startedAt = performance.now();
await import(pathToFileURL(`${folder}/${main}`).href);
const loadMs = performance.now() - startedAt;
process.stdout.write(
  JSON.stringify({
    functions: registered,
    touched,
    resources: lasting().slice(before),
    environmentChanged: JSON.stringify(process.env) !== environmentBefore,
    loadMs,
  }),
);
