// What telemetry must not do: carry a secret, or change a byte of what goes to the hub.
import { request } from "undici";
import { beforeAll, describe, expect, it } from "vitest";
import { startTelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, SEED, startBridge, type BridgeUnderTest } from "./bridge-under-test.ts";
import { signaturesIn, TELEMETRY, bridgeSecrets, tokenOf } from "../secrets/bridge-secrets.ts";
import { leaksIn, noLeaksIn } from "../secrets/search.ts";
import { dependenciesOf, hostThatLeavesLines, toApplicationInsights } from "./telemetry-under-test.ts";
import { addRecords, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const feeds = () => [ROOMS];
const openTelemetryHost = { AzureFunctionsJobHost__telemetryMode: "OpenTelemetry" };

/** Ways in which others put what they know into the texts that failures are made of. */
const temptations: Record<string, (bridge: BridgeUnderTest) => void> = {
  "nothing at all": () => {},
  "an API that answers with the token and the password": (bridge) => {
    const { password, apiKey } = bridge.microshare.credentials;
    const body = `${tokenOf(SEED, 1)} ${password} ${encodeURIComponent(password)} ${apiKey}`;
    bridge.microshare.faults.fail({ status: 503, body });
  },
  "a hub that answers with its key and a signature": (bridge) => {
    const [, key = ""] = /SharedAccessKey=([^;]+)/.exec(bridge.settings["EVENT_HUB_CONNECTION_STRING"] ?? "") ?? [];
    const signature = Buffer.alloc(32, 9).toString("base64");
    bridge.secrets.push(signature);
    bridge.hubs.faults.reject("amqp:not-allowed", { description: `${key} sig=${encodeURIComponent(signature)} no` });
  },
};

describe.each(["application-insights", "otlp"])("telemetry by %s", (way) => {
  it.each(Object.entries(temptations))("holds no secret and no record with %s", async (_words, strike) => {
    await using endpoint = await startTelemetryEndpoint();
    const settings =
      way === "otlp"
        ? { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url, OTEL_EXPORTER_OTLP_HEADERS: "api-key=collector-key-4711" }
        : toApplicationInsights(endpoint);
    await using bridge = await startBridge({
      feeds,
      settings: { ...settings, ...openTelemetryHost },
      watch: hostThatLeavesLines(),
    });
    const data = { reading: "a-reading-of-a-record-31415" };
    bridge.microshare.add({ recType: ROOMS.recType, time: bridge.clock.now - 1_800_000, data });
    strike(bridge);
    await bridge.run();
    const sent = endpoint.requests.map(({ path, body }) => `${path} ${body}`);
    expect(sent.join("").length).toBeGreaterThan(5_000);
    const outgoing = bridge.recorder.outgoing();
    const told = outgoing.filter(({ channel }) => channel === TELEMETRY);
    const bodies = told.filter(({ place }) => place === "body").map(({ content }) => Buffer.from(content).toString());
    // The tap heard what the endpoint got, and the key of the collector where it belongs.
    for (const { body } of endpoint.requests) expect(bodies).toContain(body);
    const key = { name: "key of the collector", value: "collector-key-4711" };
    const places = leaksIn(outgoing, [key]).map(({ channel, place }) => `${channel}, ${place}`);
    expect(places).toEqual(way === "otlp" ? ["telemetry, header api-key"] : []);
    noLeaksIn(told, [
      { name: "content of a record", value: "a-reading-of-a-record-31415" },
      ...bridge.secrets.map((value) => ({ name: "secret of the test", value })),
      ...bridgeSecrets([bridge.settings], { seed: SEED, logins: 3 }),
      ...signaturesIn(outgoing),
    ]);
    // Queries carry identities and places of customers.
    expect(sent.join("")).not.toMatch(/[?&](?:page|perPage|details|sort|from|to)=/);
  });
});

describe("an event", () => {
  it("is the same, property for property and byte for byte, with telemetry and without", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const sent = [];
    for (const settings of [{}, toApplicationInsights(endpoint), { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url }]) {
      await using bridge = await startBridge({ feeds, settings });
      addRecords(bridge, ROOMS.recType, [60, 30]);
      expect(failuresOf(await bridge.run())).toEqual([]);
      sent.push(
        bridge
          .events()
          .map(({ properties, annotations, messageId, body }) => ({ properties, annotations, messageId, body })),
      );
    }
    const [plain, ...watched] = sent;
    expect(plain).toHaveLength(2);
    expect(Object.keys(plain?.[0]?.properties ?? {})).not.toContain("Diagnostic-Id");
    for (const events of watched) expect(events).toEqual(plain);
    expect(dependenciesOf(endpoint).length).toBeGreaterThan(0);
  });
});

describe("the stand-in for an ingestion endpoint", () => {
  it("keeps what it gets, and complains about what it cannot read", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const answer = await request(`${endpoint.url}/v2.1/track`, { method: "POST", body: '[{"name":"one"}]' });
    expect(await answer.body.json()).toEqual({ itemsReceived: 1, itemsAccepted: 1, errors: [] });
    await expect(request(`${endpoint.url}/v2.1/track`, { method: "POST", body: "no JSON" })).rejects.toThrow(
      "other side closed",
    );
    expect(endpoint.complaints).toHaveLength(1);
  });
});
