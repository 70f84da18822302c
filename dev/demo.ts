// npm run demo: the real timer handler over several simulated hours on embedded stand-ins, and the proof that the hub
// then holds every record once, in order per device. `--json` prints the counts, `--hours N` changes the length.
import { parseArgs } from "node:util";
import { bridgeOpener } from "../src/app.ts";
import { forwardHandler } from "../src/functions/forward.ts";
import { createExpectation } from "./demo/expectation.ts";
import { demoFeeds } from "./demo/feeds.ts";
import { prove, readHub } from "./demo/proof.ts";
import { HOUR_MS, HUB, MINUTE_MS, startStandIns, type StandIns } from "./demo/stand-ins.ts";
import { printProof, printRun, printTitle } from "./demo/table.ts";
import { fireTimer, type Invocation } from "./demo/timer-host.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    hours: { type: "string", default: "8" },
    seed: { type: "string", default: "7" },
  },
});
const LOOKBACK_MS = 6 * HOUR_MS;
const began = performance.now();
const print = values.json ? () => undefined : (line: string) => void process.stdout.write(`${line}\n`);

const standIns = await startStandIns(Number(values.seed));
try {
  const proof = await demo(standIns, Number(values.hours));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (values.json) process.stdout.write(`${JSON.stringify({ ...proof, seconds })}\n`);
  else printProof(proof, seconds, print);
  process.exitCode = proof.holds ? 0 : 1;
} finally {
  await standIns.close();
}

async function demo({ clock, azurite, microshare, hubs }: StandIns, hours: number) {
  const start = clock.now - 2 * HOUR_MS;
  const feeds = demoFeeds(microshare);
  const handler = forwardHandler(
    bridgeOpener({
      environment: {
        MICROSHARE_USERNAME: microshare.credentials.username,
        MICROSHARE_PASSWORD: microshare.credentials.password,
        MICROSHARE_API_KEY: microshare.credentials.apiKey,
        MICROSHARE_IDENTITY: microshare.credentials.identity,
        MICROSHARE_AUTH_URL: microshare.authUrl,
        MICROSHARE_API_URL: microshare.apiUrl,
        EVENT_HUB_CONNECTION_STRING: hubs.connectionString(HUB),
        AzureWebJobsStorage: azurite.connectionString,
        FEEDS: JSON.stringify(feeds.map(({ name, settings }) => ({ name, ...settings }))),
        START_FROM: new Date(start).toISOString(),
        LOOKBACK: `PT${LOOKBACK_MS / HOUR_MS}H`,
      },
      readFiles: () => ({ functionTimeout: "00:10:00" }),
      now: () => clock.now,
      // Waits between retries belong to the simulated time; only their order matters here.
      wait: async (_ms, signal) => signal.throwIfAborted(),
    }),
  );
  const expectation = createExpectation(microshare, start, LOOKBACK_MS);
  const failingHour = Math.floor(hours / 2);
  const outage = clock.now + failingHour * HOUR_MS;
  microshare.faults.outage(outage, outage + HOUR_MS);
  printTitle(print);
  for (let hour = 0; hour < hours; hour += 1) {
    const invocation = await fireTimer(handler);
    for (const feed of feeds) if (wentThrough(invocation, feed.name)) expectation.noteRun(feed, clock.now);
    printRun(new Date(clock.now), invocation, print);
    clock.now += HOUR_MS;
  }
  const events = await readHub(hubs.connectionString(HUB), HUB);
  return prove(events, feeds, expectation.expected, (event) => Math.floor(event.enqueuedTimeUtc.getTime() / MINUTE_MS));
}

function wentThrough(invocation: Invocation, feed: string): boolean {
  return invocation.summaries.some(({ route, outcome }) => route === `${feed}@event-hub` && outcome === "caught-up");
}
