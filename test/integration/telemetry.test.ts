// The real handler with its telemetry on, against an endpoint that takes what the SDK of Application Insights really sends.
import { beforeAll, describe, expect, it } from "vitest";
import { startTelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, HUB, startBridge, summaryOf } from "./bridge-under-test.ts";
import {
  dependenciesOf,
  HOST_SPAN_ID,
  hostThatLeavesLines,
  linesOf,
  metricsOf,
  toApplicationInsights,
  TRACE_ID,
  TRACE_PARENT,
} from "./telemetry-under-test.ts";
import { addRecords, DOORS, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const feeds = () => [ROOMS, DOORS];

describe("telemetry to Application Insights", () => {
  it("is one trace under the host's span: the run, its routes, and each call below the route it is made for", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({ feeds, settings: toApplicationInsights(endpoint) });
    addRecords(bridge, ROOMS.recType);
    addRecords(bridge, DOORS.recType);
    const run = await bridge.run({ traceParent: TRACE_PARENT });
    expect(failuresOf(run)).toEqual([]);
    expect(endpoint.complaints).toEqual([]);

    // All of it has arrived before the handler ended: nothing here waits.
    const spans = dependenciesOf(endpoint);
    expect(spans.map(({ traceId }) => traceId)).toEqual(spans.map(() => TRACE_ID));
    const runId = summaryOf(run, "rooms")["run"];
    expect(spans.map(({ properties }) => properties["run"])).toEqual(spans.map(() => runId));

    const root = spans.find(({ name }) => name === "run");
    expect(root).toMatchObject({ parentId: HOST_SPAN_ID, type: "InProc", success: true });
    for (const feed of ["rooms", "doors"]) {
      const route = spans.find(({ name }) => name === `route ${feed}@event-hub`);
      expect(route).toMatchObject({
        parentId: root?.id,
        properties: { outcome: "caught-up", read: "6", delivered: "6" },
      });
      const calls = spans.filter(({ parentId }) => parentId === route?.id);
      expect(calls.map(({ properties }) => properties["route"])).toEqual(calls.map(() => `${feed}@event-hub`));
      expect(calls).toContainEqual(
        expect.objectContaining({
          name: `GET /share/io.example.${feed}`,
          type: "Http",
          resultCode: "200",
          success: true,
        }),
      );
      expect(calls).toContainEqual(
        expect.objectContaining({
          name: `send ${HUB}`,
          type: "Queue Message | Microsoft.EventHub",
          target: expect.stringContaining(`/${HUB}`),
          properties: expect.objectContaining({ "messaging.batch.message_count": "6" }),
        }),
      );
      const state = calls
        .filter(({ type }) => type === "azure table")
        .map(({ properties }) => properties["db.operation.name"]);
      expect(state).toEqual(expect.arrayContaining(["take", "save", "readLedger", "compactLedger", "release"]));
    }
    expect(spans.filter(({ name }) => name === "POST /oauth2/token")).toHaveLength(1);
  });

  it("counts by route what the summaries say", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({ feeds, settings: toApplicationInsights(endpoint) });
    addRecords(bridge, ROOMS.recType, [100, 60, 30]);
    addRecords(bridge, DOORS.recType, [30]);
    const run = await bridge.run();
    const points = metricsOf(endpoint);
    const valueOf = (name: string, feed: string) =>
      points
        .filter((point) => point.name === name && point.properties["route"] === `${feed}@event-hub`)
        .map((point) => {
          expect(point.properties["feed"]).toBe(feed);
          return point.value;
        });
    for (const feed of ["rooms", "doors"]) {
      const summary = summaryOf(run, feed);
      expect(valueOf("bridge.records.read", feed)).toEqual([summary["read"]]);
      expect(valueOf("bridge.records.delivered", feed)).toEqual([summary["delivered"]]);
      for (const none of ["already_delivered", "filtered", "dead_lettered"]) {
        expect(valueOf(`bridge.records.${none}`, feed)).toEqual([0]);
      }
      expect(valueOf("bridge.watermark.lag", feed)).toEqual([summary["lagSeconds"]]);
      expect(valueOf("bridge.batch.bytes", feed)).toEqual([summary["bytesSent"]]);
      expect(valueOf("bridge.lateness", feed)).toHaveLength(1);
      const [duration = 0] = valueOf("bridge.run.duration", feed);
      expect(Math.round(duration * 1000)).toBe(summary["durationMs"]);
    }
    expect(summaryOf(run, "rooms")["delivered"]).toBe(3);
    // One page each; the login belongs to no route.
    const calls = points.filter(({ name }) => name === "bridge.api.requests");
    expect(calls.map(({ properties, value }) => [properties["target"], properties["route"], value])).toEqual(
      expect.arrayContaining([
        ["login", undefined, 1],
        ["api", "rooms@event-hub", 1],
        ["api", "doors@event-hub", 1],
      ]),
    );
  });

  it("counts what another run had delivered, dead letters, retries and throttling", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: toApplicationInsights(endpoint) });
    addRecords(bridge, ROOMS.recType, [30]);
    await bridge.run();
    bridge.nextHour();
    const before = endpoint.requests.length;
    const big = "x".repeat(2 * 1024 * 1024);
    bridge.microshare.add({ recType: ROOMS.recType, time: bridge.clock.now - 600_000, data: { big } });
    bridge.microshare.faults.fail({ status: 429, headers: { "retry-after": "1" } }, { times: 1 });
    const run = await bridge.run();
    expect(endpoint.requests.length).toBeGreaterThan(before);
    const sumOf = (name: string) =>
      metricsOf(endpoint)
        .filter((point) => point.name === name)
        .reduce((sum, { value }) => sum + value, 0);
    const summary = summaryOf(run, "rooms");
    expect(summary).toMatchObject({ alreadyDelivered: 1, deadLettered: 1 });
    expect(sumOf("bridge.records.already_delivered")).toBe(1);
    expect(sumOf("bridge.records.dead_lettered")).toBe(1);
    expect(sumOf("bridge.api.throttled")).toBe(1);
    expect(sumOf("bridge.api.retries")).toBe(1);
    const spans = dependenciesOf(endpoint);
    expect(spans.filter(({ resultCode }) => resultCode === "429")).toMatchObject([{ success: false }]);
    expect(spans.filter(({ type }) => type === "azure blob")).toHaveLength(1);
  });

  it("tells which route failed, with the code, and fails the run's span with it", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({ feeds, settings: toApplicationInsights(endpoint) });
    addRecords(bridge, DOORS.recType, [30]);
    bridge.microshare.faults.fail({ status: 403 }, { path: ROOMS.recType });
    const [failure] = failuresOf(await bridge.run());
    expect(failure?.code).toBe("ACCESS_DENIED");
    const told = { errorCode: failure?.code, errorMessage: failure?.message };
    const spans = dependenciesOf(endpoint);
    const spanOf = (name: string) => spans.find((span) => span.name === name);
    expect(spanOf("route rooms@event-hub")).toMatchObject({
      success: false,
      properties: { outcome: "blocked", ...told },
    });
    expect(spanOf("route doors@event-hub")).toMatchObject({ success: true });
    expect(spanOf("run")).toMatchObject({ success: false });
    expect(spanOf("GET /share/io.example.rooms")).toMatchObject({ success: false, resultCode: "403" });
    const exceptions = endpoint.envelopes().filter(({ data }) => data.baseType === "ExceptionData");
    expect(exceptions.map(({ data }) => data.baseData["exceptions"])).toEqual([
      [expect.objectContaining({ typeName: "ACCESS_DENIED", message: failure?.message })],
    ]);
  });

  it("leaves log lines to a host that brings them to the same place, so that each is there once", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: toApplicationInsights(endpoint) });
    const run = await bridge.run();
    expect(run.summaries).toHaveLength(1);
    expect(linesOf(endpoint)).toEqual([]);
  });

  it("sends the lines itself, with run, route and counts, where the host leaves them to the app", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const host = hostThatLeavesLines();
    await using bridge = await startBridge({
      feeds,
      settings: toApplicationInsights(endpoint, { AzureFunctionsJobHost__telemetryMode: "OpenTelemetry" }),
      watch: host,
    });
    addRecords(bridge, ROOMS.recType, [30]);
    const run = await bridge.run({ traceParent: TRACE_PARENT });
    const lines = linesOf(endpoint);
    expect(lines.map(({ message }) => message).toSorted()).toEqual(run.lines.toSorted());
    const summary = lines.find(({ message }) => message.includes('"route":"rooms@event-hub"'));
    expect(summary).toMatchObject({
      traceId: TRACE_ID,
      properties: {
        route: "rooms@event-hub",
        outcome: "caught-up",
        delivered: "1",
        run: summaryOf(run, "rooms")["run"],
      },
    });
    expect(host.printed).toEqual([]);
  });

  it("tells of settings that are wrong, too", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const host = hostThatLeavesLines();
    await using bridge = await startBridge({
      settings: toApplicationInsights(endpoint, {
        AzureFunctionsJobHost__telemetryMode: "OpenTelemetry",
        POLL_SCHEDULE: "every hour",
      }),
      watch: host,
    });
    const run = await bridge.run();
    expect(failuresOf(run)).toMatchObject([{ code: "SETTINGS_INVALID" }]);
    expect(linesOf(endpoint)).toMatchObject([{ properties: { outcome: "blocked", errorCode: "SETTINGS_INVALID" } }]);
  });
});
