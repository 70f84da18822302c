// The Microshare simulator over HTTP with feeds on it, for tests of the feed readers; closed after each test.
import { afterEach } from "vitest";
import {
  startMicroshareSimulator,
  type MicroshareSimulator,
  type SimulatorOptions,
} from "../../dev/microshare-simulator/index.ts";
import { createMicroshareApi, type MicroshareApi } from "../../src/microshare/api.ts";
import { createFeedSource, createViewDefinitions, type FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { ms, options, recordsOf } from "./feeds.ts";

export const now = ms("2025-03-04T12:00:00Z");
export const settled: Window = { from: ms("2025-03-04T06:00:00Z"), to: ms("2025-03-04T11:55:00Z") };
const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.close();
});

export interface World {
  readonly simulator: MicroshareSimulator;
  readonly api: MicroshareApi;
  /** Milliseconds since 1970, for both sides. */
  readonly clock: { now: number };
  /** As a run opens it; what is kept in the process is shared by all. */
  feed(changes: Partial<FeedOptions>): FeedSource;
  /** Paths and queries of the API calls so far. */
  calls(of?: "share" | "view" | "device"): string[];
}

export async function startWorld(changes: Partial<SimulatorOptions> = {}): Promise<World> {
  const clock = { now };
  const simulator = await startMicroshareSimulator({ seed: 7, clock: { now: () => clock.now }, ...changes });
  const { username, password, apiKey } = simulator.credentials;
  const api = createMicroshareApi({
    apiUrl: simulator.apiUrl,
    authUrl: simulator.authUrl,
    appUrl: simulator.appUrl,
    authMode: "oauth2",
    tokenTransport: "body",
    username,
    password,
    apiKey,
    scope: "ALL:ALL",
    minTls: "TLSv1.3",
    concurrency: 2,
    maxResponseBytes: 64 * 1024 * 1024,
    retry: { attempts: 1, baseDelayMs: 1, maxDelayMs: 1 },
    requestTimeoutMs: 20_000,
    totalTimeoutMs: 30_000,
    now: () => clock.now,
    wait: () => Promise.resolve(),
    random: () => 0.5,
  });
  running.push(simulator, api);
  const definitions = createViewDefinitions(api, () => clock.now);
  const feed = (feedChanges: Partial<FeedOptions>): FeedSource =>
    createFeedSource(
      api,
      options({ viewRecType: simulator.viewRecType, dataContext: simulator.dataContext, ...feedChanges }),
      { jitterMs: () => 4, definitions },
    );
  const calls: World["calls"] = (of) =>
    simulator.requests
      .filter(({ server, path }) => server === "api" && (of === undefined || path.startsWith(`/${of}/`)))
      .map(({ path, queryText }) => `${path}?${queryText}`);
  return { simulator, api, clock, feed, calls };
}

/** What is there to be read, as key and checksum. */
export function truth({ simulator }: World, recType: string, by: "time" | "storedAt", window: Window): string[] {
  const records = simulator.visible({ recType, by, ...window, currentOnly: true });
  return [...new Set(records.map((record) => `${record.id} ${record.checksum}`))].toSorted();
}

export async function read(source: FeedSource, window: Window, part = ""): Promise<string[]> {
  const records = await recordsOf(source, window, { part });
  return [...new Set(records.map((record) => `${record.key} ${record.version}`))].toSorted();
}
