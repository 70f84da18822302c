// Plain OTLP: what the exporters send to a collector, as JSON.
import { beforeAll, describe, expect, it } from "vitest";
import { startTelemetryEndpoint, type TelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import { sharedAzurite } from "../azurite.ts";
import { startBridge, summaryOf } from "./bridge-under-test.ts";
import { HOST_SPAN_ID, TRACE_ID, TRACE_PARENT } from "./telemetry-under-test.ts";
import { addRecords, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
}

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
}

interface OtlpLine {
  readonly traceId?: string;
  readonly severityText: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** Everything of one signal, whatever it came grouped by. */
function flat<Item>(
  endpoint: TelemetryEndpoint,
  signal: "traces" | "metrics" | "logs",
  path: readonly string[],
): Item[] {
  return path.reduce<unknown[]>(
    (items, name) => items.flatMap((item) => Object(item)[name] as unknown[]),
    [...endpoint.otlp(signal)],
  ) as Item[];
}

describe("telemetry to an OTLP collector", () => {
  it("is chosen by its address alone, and brings spans, metrics with units, and lines, with the headers set", async () => {
    await using endpoint = await startTelemetryEndpoint();
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: "api-key=k%2Cey-of-the-collector, x-team=buildings",
      },
    });
    addRecords(bridge, ROOMS.recType, [30]);
    const run = await bridge.run({ traceParent: TRACE_PARENT });

    const spans = flat<OtlpSpan>(endpoint, "traces", ["resourceSpans", "scopeSpans", "spans"]);
    const root = spans.find(({ name }) => name === "run");
    expect(root).toMatchObject({ traceId: TRACE_ID, parentSpanId: HOST_SPAN_ID });
    const route = spans.find(({ name }) => name === "route rooms@event-hub");
    expect(route?.parentSpanId).toBe(root?.spanId);
    const kinds = { client: 3, producer: 4 };
    expect(spans).toContainEqual(
      expect.objectContaining({ name: "GET /share/io.example.rooms", kind: kinds.client, parentSpanId: route?.spanId }),
    );
    expect(spans).toContainEqual(expect.objectContaining({ name: "send microshare", kind: kinds.producer }));

    const units = new Map(
      flat<OtlpMetric>(endpoint, "metrics", ["resourceMetrics", "scopeMetrics", "metrics"]).map(({ name, unit }) => [
        name,
        unit,
      ]),
    );
    const record = "{record}";
    const request = "{request}";
    expect(Object.fromEntries(units)).toEqual({
      "bridge.records.read": record,
      "bridge.records.delivered": record,
      "bridge.records.already_delivered": record,
      "bridge.records.filtered": record,
      "bridge.records.dead_lettered": record,
      "bridge.watermark.lag": "s",
      "bridge.lateness": "s",
      "bridge.api.requests": request,
      "bridge.batch.bytes": "By",
      "bridge.run.duration": "s",
    });

    const lines = flat<OtlpLine>(endpoint, "logs", ["resourceLogs", "scopeLogs", "logRecords"]);
    expect(lines.map(({ body }) => body.stringValue)).toEqual(run.lines);
    const summary = lines.find(({ body }) => body.stringValue.startsWith("Microshare {"));
    expect(summary).toMatchObject({ traceId: TRACE_ID, severityText: "info" });
    const attributes = Object.fromEntries(summary?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? []);
    expect(attributes).toMatchObject({ run: summaryOf(run, "rooms")["run"], route: "rooms@event-hub" });

    expect(endpoint.complaints).toEqual([]);
    for (const { headers } of endpoint.requests) {
      expect(headers).toMatchObject({ "api-key": "k,ey-of-the-collector", "x-team": "buildings" });
      expect(headers["content-type"]).toBe("application/json");
    }
  });
});
