// Wrong app settings: each run fails with the full list and touches nothing; once they are right, nothing has been lost.
import { beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../src/config/load-settings.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, startBridge, type BridgeUnderTest } from "./bridge-under-test.ts";
import { addRecords, keysOf, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

interface BadSettings {
  readonly change: Environment | ((bridge: BridgeUnderTest) => Environment);
  /** Each of these lines is told, and no other. */
  readonly lines: readonly string[];
}

const vault = "@Microsoft.KeyVault(SecretUri=https://example.vault.azure.net/secrets/hub)";

const badSettings: Readonly<Record<string, BadSettings>> = {
  "a missing one": {
    change: { MICROSHARE_PASSWORD: undefined },
    lines: ["MICROSHARE_PASSWORD is not set, and no login works without it. Set MICROSHARE_PASSWORD to"],
  },
  "an empty one": {
    change: { MICROSHARE_USERNAME: "" },
    lines: ["MICROSHARE_USERNAME is not set, and no login works without it."],
  },
  "no hub at all": {
    change: { EVENT_HUB_CONNECTION_STRING: undefined },
    lines: ["EVENT_HUB_CONNECTION_STRING is not set, and neither is EVENT_HUB_NAMESPACE."],
  },
  "no storage at all": {
    change: { AzureWebJobsStorage: undefined },
    lines: ["AzureWebJobsStorage is not set, and neither is AzureWebJobsStorage__accountName."],
  },
  "a malformed duration": {
    change: { LOOKBACK: "six hours" },
    lines: [`LOOKBACK is not an ISO 8601 duration. The value is "six hours".`],
  },
  "a number out of bounds": {
    change: { MICROSHARE_CONCURRENCY: "17" },
    lines: [`MICROSHARE_CONCURRENCY is above 16. The value is "17".`],
  },
  "an address without encryption": {
    change: { MICROSHARE_API_URL: "http://api.microshare.io" },
    lines: ["MICROSHARE_API_URL is not an https URL."],
  },
  "a schedule that never fires": {
    change: { POLL_SCHEDULE: "every hour" },
    lines: ["POLL_SCHEDULE"],
  },
  "a literal Key Vault reference": {
    change: { EVENT_HUB_CONNECTION_STRING: vault },
    lines: [
      "EVENT_HUB_CONNECTION_STRING is still the literal text of a Key Vault reference: Azure could not resolve it.",
    ],
  },
  "a connection string without a hub": {
    change: ({ hubs }) => ({ EVENT_HUB_CONNECTION_STRING: hubs.connectionString() }),
    lines: ["EVENT_HUB_NAME is not set, and EVENT_HUB_CONNECTION_STRING has no EntityPath."],
  },
  "feeds that are no JSON": {
    change: { MICROSHARE_FEED_KIND: undefined, MICROSHARE_REC_TYPE: undefined, FEEDS: "[{name: rooms}]" },
    lines: ["FEEDS is not valid JSON"],
  },
  "two feeds with one name": {
    change: {
      MICROSHARE_FEED_KIND: undefined,
      MICROSHARE_REC_TYPE: undefined,
      FEEDS: JSON.stringify([ROOMS, ROOMS]),
    },
    lines: [`FEEDS (feed "rooms") has the name of an earlier feed.`],
  },
  "two that contradict each other": {
    change: { EVENT_HUB_NAMESPACE: "evhns-example" },
    lines: ["EVENT_HUB_NAMESPACE is set together with EVENT_HUB_CONNECTION_STRING."],
  },
  "one that does not fit the kind of the feed": {
    change: { MICROSHARE_LOCATIONS: `["North Tower"]` },
    lines: ["MICROSHARE_LOCATIONS is set, but the kind of the feed is share."],
  },
  "a misspelt name": {
    change: { MICROSHARE_APIKEY: "x" },
    lines: ["MICROSHARE_APIKEY is not a setting of the bridge. Did you mean MICROSHARE_API_KEY?"],
  },
  "a time budget above the host's own": {
    change: { TIME_BUDGET: "PT15M" },
    lines: ["TIME_BUDGET is not below functionTimeout in host.json (PT10M)"],
  },
  "several at once": {
    change: { MICROSHARE_API_KEY: vault, SETTLE_DELAY: "1 minute", UPDATES: "none", AzureWebJobsStorage: undefined },
    lines: [
      "MICROSHARE_API_KEY is still the literal text",
      "SETTLE_DELAY is not an ISO 8601 duration.",
      "UPDATES is not one of the values it can have.",
      "AzureWebJobsStorage is not set",
    ],
  },
};

describe.concurrent("wrong settings", () => {
  it.each(Object.entries(badSettings))("fail the run with the full list: %s", async (_, { change, lines }) => {
    await using bridge = await startBridge({
      settings: { MICROSHARE_FEED_KIND: ROOMS.kind, MICROSHARE_REC_TYPE: ROOMS.recType },
    });
    const records = addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toEqual([]);
    const changed = typeof change === "function" ? change(bridge) : change;
    const right = Object.fromEntries(Object.keys(changed).map((name) => [name, bridge.settings[name]]));
    bridge.set(changed);
    bridge.microshare.resetRequests();
    bridge.nextHour();
    records.push(...addRecords(bridge, ROOMS.recType, [50, 20, 2]));

    // As often as the timer fires: wrong settings do not stop the app, only its runs.
    for (const run of [await bridge.run(), await bridge.run()]) {
      const [failure, ...others] = failuresOf(run);
      expect(others).toEqual([]);
      expect(failure).toMatchObject({ code: "SETTINGS_INVALID", fix: expect.stringContaining("app settings") });
      const told = (failure?.message ?? "").split("\n- ").slice(1);
      for (const line of lines) expect(told.filter((one) => one.startsWith(line))).toHaveLength(1);
      expect(told).toHaveLength(lines.length);
      expect(failure?.message).toMatch(lines.length === 1 ? /^The app settings have 1 problem:/ : /have 4 problems:/);
      expect(run.lines).toEqual([
        expect.stringMatching(/^Microshare \{"outcome":"blocked","error":\{"code":"SETTINGS_INVALID"/),
      ]);
    }
    expect(bridge.microshare.requests).toEqual([]);

    bridge.set(right);
    for (const run of [await bridge.run(), await bridge.run()]) expect(failuresOf(run)).toEqual([]);
    expect(keysOf(bridge, "default")).toEqual(records.toSorted());
  });
});
