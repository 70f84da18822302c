// Loads an app and has it called once without settings: what was loaded by then, every run needs. Prints both times.
import { actAsWorker, quietContext } from "../functions-core.ts";

const registered = actAsWorker();
const startedAt = performance.now();
await import(process.argv[2] ?? "");
const registeredMs = performance.now() - startedAt;
// It has no settings, and says so: all that matters is that it got that far.
const refused = await registered.handler?.({ isPastDue: false }, quietContext("load")).then(
  () => false,
  (error: unknown) => error instanceof Error && error.message.includes("MICROSHARE_USERNAME"),
);
if (refused !== true) throw new Error("the app did not come to its settings");
process.stdout.write(JSON.stringify({ registeredMs, calledMs: performance.now() - startedAt }));
process.exit();
