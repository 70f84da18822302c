// Nobody has to watch: an endpoint that hangs, refuses or is gone neither fails a run nor holds it up for long.
import { beforeAll, describe, expect, it } from "vitest";
import { startTelemetryEndpoint, type EndpointMood } from "../../dev/telemetry-endpoint.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, startBridge, summaryOf } from "./bridge-under-test.ts";
import { hostThatLeavesLines, linesOf, toApplicationInsights } from "./telemetry-under-test.ts";
import { addRecords, keysOf, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const feeds = () => [ROOMS];
const WARNING = "Telemetry could not be delivered";
/** What a run takes here without telemetry, generously, and the five seconds that a delivery has. */
const BOUND_MS = 5_000 + 5_000;

const otlp = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url });

describe("an endpoint that does not take telemetry", () => {
  const moods: readonly (readonly [string, EndpointMood | "gone"])[] = [
    ["hangs", "hang"],
    ["refuses", { status: 402 }],
    ["is overloaded", { status: 503 }],
    ["is gone", "gone"],
  ];
  it.each(moods.flatMap(([words, mood]) => ["application-insights", "otlp"].map((way) => [words, way, mood] as const)))(
    "that %s (%s) costs no record, no failed run and at most some seconds, and is told once",
    async (_words, way, mood) => {
      await using endpoint = await startTelemetryEndpoint();
      const settings = way === "otlp" ? otlp(endpoint.url) : toApplicationInsights(endpoint);
      await using bridge = await startBridge({ feeds, settings });
      if (mood === "gone") await endpoint.close();
      else endpoint.mood = mood;
      const ids = addRecords(bridge, ROOMS.recType, [60, 30]);
      const startedAt = performance.now();
      const run = await bridge.run();
      expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
      expect(failuresOf(run)).toEqual([]);
      expect(keysOf(bridge, "rooms")).toEqual(ids.toSorted());
      expect(run.lines.filter((line) => line.startsWith(WARNING))).toHaveLength(1);
      bridge.nextHour();
      const again = await bridge.run();
      expect(again.lines.filter((line) => line.startsWith(WARNING))).toEqual([]);
      expect(summaryOf(again, "rooms")["outcome"]).toBe("caught-up");
    },
    40_000,
  );

  it("is told anew when it fails again after it had recovered, and gets what comes then", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({ feeds, settings: toApplicationInsights(endpoint) });
    const warnings: number[] = [];
    for (const mood of [{ status: 402 }, "well", { status: 402 }] as const) {
      endpoint.mood = mood;
      const before = endpoint.requests.length;
      const run = await bridge.run();
      warnings.push(run.lines.filter((line) => line.startsWith(WARNING)).length);
      expect(endpoint.requests.length).toBeGreaterThan(before);
      bridge.nextHour();
    }
    expect(warnings).toEqual([1, 0, 1]);
  });
});

describe("log lines that the host leaves to the app", () => {
  const openTelemetryHost = { AzureFunctionsJobHost__telemetryMode: "OpenTelemetry" };

  it.each([
    ["hangs", "hang"],
    ["refuses", { status: 402 }],
  ] as const)("are printed when the endpoint %s", async (_words, mood) => {
    await using endpoint = await startTelemetryEndpoint();
    endpoint.mood = mood;
    const host = hostThatLeavesLines();
    const settings = { ...otlp(endpoint.url), ...openTelemetryHost };
    await using bridge = await startBridge({ feeds, settings, watch: host });
    const run = await bridge.run();
    expect(run.summaries).toHaveLength(1);
    expect(host.printed).toEqual(expect.arrayContaining([...run.lines]));
  });

  it("are printed when the SDK cannot be started", async () => {
    const host = hostThatLeavesLines();
    const settings = { ...openTelemetryHost, OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.example.com" };
    // Header values that no HTTP client takes: the exporter finds out, not the settings.
    await using bridge = await startBridge({
      feeds,
      settings: { ...settings, OTEL_EXPORTER_OTLP_HEADERS: "api-key=broken%0Avalue" },
      watch: host,
    });
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(run.summaries).toHaveLength(1);
    expect(host.printed).toEqual(expect.arrayContaining([...run.lines]));
  });

  it("arrive, and are not printed, when all is well", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const host = hostThatLeavesLines();
    const settings = toApplicationInsights(endpoint, openTelemetryHost);
    await using bridge = await startBridge({ feeds, settings, watch: host });
    const run = await bridge.run();
    expect(linesOf(endpoint).map(({ message }) => message)).toEqual(run.lines);
    expect(host.printed).toEqual([]);
  });
});
