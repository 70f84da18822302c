// The bridge as it is deployed: its bundle, loaded as the Functions worker loads it, its own handler called once.
import { readdirSync, readFileSync } from "node:fs";
import { actAsWorker, quietContext } from "../functions-core.ts";
import { measured, task } from "../measure.ts";

const { apiUrl, hub, storage, state, sets, pageSize, concurrency, bundle } = task();
const [first] = sets;
if (first === undefined) throw new Error("no records to forward");
Object.assign(process.env, {
  MICROSHARE_USERNAME: "bench@example.com",
  MICROSHARE_PASSWORD: "no secret",
  MICROSHARE_API_KEY: "no-secret-either",
  MICROSHARE_AUTH_URL: apiUrl,
  MICROSHARE_API_URL: apiUrl,
  MICROSHARE_CONCURRENCY: String(concurrency),
  EVENT_HUB_CONNECTION_STRING: hub,
  AzureWebJobsStorage: storage,
  STATE_TABLE: state,
  DEAD_LETTER_CONTAINER: state,
  START_FROM: new Date(first.from - 1000).toISOString(),
  LOG_LEVEL: "warn",
  FEEDS: JSON.stringify(sets.map(({ recType }, index) => ({ name: `feed${index}`, kind: "share", recType, pageSize }))),
});

const registered = actAsWorker();
await import(`${bundle}/main.js`);
await loadOnDemand();
const { handler } = registered;
if (handler === undefined) throw new Error("the app registered nothing");
const context = quietContext(state);
const fire = (): Promise<void> => handler({ isPastDue: false }, context);
await measured(fire);
// Connections to the API are kept for the next run; here there is none.
process.exit();

/** What the first run of a process loads: the others have their packages loaded too, and `npm run bench:cold` measures this. */
async function loadOnDemand(): Promise<void> {
  for (const file of readdirSync(bundle, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js") || file === "main.js") continue;
    const text = readFileSync(`${bundle}/${file}`, "utf8");
    if (text.includes("EventHubProducerClient") || text.includes("MICROSHARE_USERNAME"))
      await import(`${bundle}/${file}`);
  }
}
