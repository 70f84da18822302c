// The app settings of one world: the shortest times that the app allows, so that many kills fit into minutes.
import type { DemoFeed } from "../demo/feeds.ts";
import type { StandIns } from "../demo/stand-ins.ts";
import type { Relays } from "./relays.ts";

export const SETTLE_MS = 2_000;
export const LOOKBACK_MS = 30 * 60_000;

export interface WorldFacts {
  /** Name of the hub, and of the table after its letters. */
  readonly world: string;
  readonly start: number;
  readonly feeds: readonly DemoFeed[];
  readonly standIns: Pick<StandIns, "azurite" | "microshare" | "hubs">;
  readonly relays: Pick<Relays, "apiPort" | "storagePort" | "hubPort">;
}

export function environmentOf({ world, start, feeds, standIns, relays }: WorldFacts) {
  const { azurite, microshare, hubs } = standIns;
  return {
    MICROSHARE_USERNAME: microshare.credentials.username,
    MICROSHARE_PASSWORD: microshare.credentials.password,
    MICROSHARE_API_KEY: microshare.credentials.apiKey,
    MICROSHARE_IDENTITY: microshare.credentials.identity,
    MICROSHARE_AUTH_URL: microshare.authUrl,
    MICROSHARE_API_URL: onPort(microshare.apiUrl, relays.apiPort),
    EVENT_HUB_CONNECTION_STRING: hubs.connectionString(world).replace(`:${hubs.port}`, `:${relays.hubPort}`),
    AzureWebJobsStorage: azurite.connectionString.replace(
      azurite.tableUrl,
      onPort(azurite.tableUrl, relays.storagePort),
    ),
    STATE_TABLE: `chaos${world}`,
    FEEDS: JSON.stringify(feeds.map(({ name, settings }) => ({ name, ...settings }))),
    START_FROM: new Date(start).toISOString(),
    LOOKBACK: `PT${LOOKBACK_MS / 60_000}M`,
    DEEP_LOOKBACK: `PT${LOOKBACK_MS / 60_000}M`,
    SETTLE_DELAY: `PT${SETTLE_MS / 1000}S`,
    // Near the shortest there are: a run after a kill waits 12 s for the lease, and then 18 s for the last sends.
    LEASE_TERM: "PT12S",
    SEND_TIMEOUT: "PT3S",
  };
}

function onPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href.replace(/\/$/, "");
}
