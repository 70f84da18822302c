// Loads an app and has it called once, up to the moment when the first run sends its first request: all that a run needs
// is loaded by then. Prints both times. The settings, in its environment, are right; nothing listens behind them.
import { subscribe } from "node:diagnostics_channel";
import { actAsWorker, quietContext } from "../functions-core.ts";

// The worker speaks gRPC and runs on these long before it loads an app.
for (const name of ["crypto", "dns", "events", "fs", "http", "http2", "net", "os", "path", "process"]) {
  process.getBuiltinModule(name);
}
for (const name of ["stream", "tls", "url", "util", "zlib"]) process.getBuiltinModule(name);
const registered = actAsWorker();
const startedAt = performance.now();
await import(process.argv[2] ?? "");
const registeredMs = performance.now() - startedAt;
// Storage is asked first, and by Node's own client.
subscribe("http.client.request.created", () => {
  process.stdout.write(JSON.stringify({ registeredMs, calledMs: performance.now() - startedAt }));
  process.exit();
});
await registered.handler?.({ isPastDue: false }, quietContext("load"));
throw new Error("the run ended without a request");
