// A share of what went well is enough; of failures there is never enough.
import { beforeAll, describe, expect, it } from "vitest";
import { startTelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, startBridge } from "./bridge-under-test.ts";
import {
  dependenciesOf,
  hostThatLeavesLines,
  linesOf,
  metricsOf,
  toApplicationInsights,
  TRACE_PARENT,
} from "./telemetry-under-test.ts";
import { addRecords, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const feeds = () => [ROOMS];

describe("sampling", () => {
  it("leaves out calls that went well, and never a failure, a route, a summary or a count", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const host = hostThatLeavesLines();
    await using bridge = await startBridge({
      feeds,
      settings: toApplicationInsights(endpoint, {
        TELEMETRY_SAMPLING_PERCENT: "50",
        MICROSHARE_PAGE_SIZE: "1",
        AzureFunctionsJobHost__telemetryMode: "OpenTelemetry",
      }),
      watch: host,
    });
    addRecords(
      bridge,
      ROOMS.recType,
      Array.from({ length: 40 }, (_, index) => 100 - 2 * index),
    );
    const faults = [3, 12, 30].map((after) => bridge.microshare.faults.fail({ status: 503 }, { times: 1, after }));
    const run = await bridge.run({ traceParent: TRACE_PARENT });
    expect(failuresOf(run)).toEqual([]);
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1]);

    const spans = dependenciesOf(endpoint);
    expect(spans.filter(({ resultCode }) => resultCode === "503")).toHaveLength(3);
    expect(spans.filter(({ name }) => name === "run" || name.startsWith("route "))).toHaveLength(2);
    const sampled = spans.filter(({ success, type }) => success && type !== "InProc");
    // About 90 calls: 40 pages, the send, and the state. So far from half of them chance does not lead.
    expect(sampled.length).toBeGreaterThan(15);
    expect(sampled.length).toBeLessThan(75);
    expect(sampled.map(({ sampleRate }) => sampleRate)).toEqual(sampled.map(() => 50));
    expect(spans.filter(({ success }) => !success).map(({ sampleRate }) => sampleRate)).toEqual([100, 100, 100]);
    expect(metricsOf(endpoint)).toContainEqual(expect.objectContaining({ name: "bridge.records.read", value: 40 }));
    expect(linesOf(endpoint).map(({ message }) => message)).toEqual(run.lines);
  });
});
