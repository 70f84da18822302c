// The demo itself: the real timer handler over several simulated hours, one of them without the API, and then the proof.
import { bridgeOpener } from "../../src/app.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { forwardHandler } from "../../src/functions/forward.ts";
import { createExpectation } from "./expectation.ts";
import { demoFeeds } from "./feeds.ts";
import { prove, readHub, type Proof } from "./proof.ts";
import { HOUR_MS, HUB, MINUTE_MS, type StandIns } from "./stand-ins.ts";
import { fireTimer, type Invocation } from "./timer-host.ts";

export const LOOKBACK_MS = 6 * HOUR_MS;

/** App settings of the demo's bridge. */
export function demoSettings({ clock, azurite, microshare, hubs }: StandIns): Environment {
  return {
    MICROSHARE_USERNAME: microshare.credentials.username,
    MICROSHARE_PASSWORD: microshare.credentials.password,
    MICROSHARE_API_KEY: microshare.credentials.apiKey,
    MICROSHARE_IDENTITY: microshare.credentials.identity,
    MICROSHARE_AUTH_URL: microshare.authUrl,
    MICROSHARE_API_URL: microshare.apiUrl,
    EVENT_HUB_CONNECTION_STRING: hubs.connectionString(HUB),
    AzureWebJobsStorage: azurite.connectionString,
    FEEDS: JSON.stringify(demoFeeds(microshare).map(({ name, settings }) => ({ name, ...settings }))),
    START_FROM: new Date(startOf(clock)).toISOString(),
    LOOKBACK: `PT${LOOKBACK_MS / HOUR_MS}H`,
  };
}

/** Fires the timer once an hour; `noteRun` gets each run with its time. Half of the way, the API is down for an hour. */
export async function runDemo(
  { clock, microshare, hubs }: StandIns,
  environment: Environment,
  hours: number,
  noteRun: (at: Date, invocation: Invocation) => void,
): Promise<Proof> {
  const start = startOf(clock);
  const feeds = demoFeeds(microshare);
  const handler = forwardHandler(
    bridgeOpener({
      environment,
      readFiles: () => ({ functionTimeout: "00:10:00" }),
      now: () => clock.now,
      // Waits between retries belong to the simulated time; only their order matters here.
      wait: async (_ms, signal) => signal.throwIfAborted(),
    }),
  );
  const expectation = createExpectation(microshare, start, LOOKBACK_MS);
  const outage = clock.now + Math.floor(hours / 2) * HOUR_MS;
  microshare.faults.outage(outage, outage + HOUR_MS);
  for (let hour = 0; hour < hours; hour += 1) {
    const invocation = await fireTimer(handler);
    for (const feed of feeds) if (wentThrough(invocation, feed.name)) expectation.noteRun(feed, clock.now);
    noteRun(new Date(clock.now), invocation);
    clock.now += HOUR_MS;
  }
  const events = await readHub(hubs.connectionString(HUB), HUB);
  return prove(events, feeds, expectation.expected, (event) => Math.floor(event.enqueuedTimeUtc.getTime() / MINUTE_MS));
}

/** Two hours before now: where the bridge begins. */
export function startOf({ now }: StandIns["clock"]): number {
  return now - 2 * HOUR_MS;
}

function wentThrough(invocation: Invocation, feed: string): boolean {
  return invocation.summaries.some(({ route, outcome }) => route === `${feed}@event-hub` && outcome === "caught-up");
}
