// What the tests of telemetry share: settings that send to the endpoint, and eyes for what arrived there.
import type { Envelope, TelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import type { WriteLine } from "../../src/app.ts";
import type { Environment } from "../../src/config/load-settings.ts";

/** The trace and the span of the host, which did not choose this trace for its own sample: the run tells all the same. */
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
export const HOST_SPAN_ID = "b7ad6b7169203331";
export const TRACE_PARENT = `00-${TRACE_ID}-${HOST_SPAN_ID}-00`;

export function toApplicationInsights(endpoint: TelemetryEndpoint, more: Environment = {}): Environment {
  return {
    TELEMETRY: "application-insights",
    APPLICATIONINSIGHTS_CONNECTION_STRING: endpoint.connectionString,
    ...more,
  };
}

/** A span, as Application Insights shows it in its table of dependencies. */
export interface Dependency {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly traceId: string | undefined;
  readonly name: string;
  readonly type: string;
  readonly target: string | undefined;
  readonly success: boolean;
  readonly resultCode: string;
  readonly sampleRate: number;
  readonly properties: Readonly<Record<string, string>>;
}

export function dependenciesOf(endpoint: TelemetryEndpoint): readonly Dependency[] {
  return ofType(endpoint, "RemoteDependencyData").map(({ tags, sampleRate, data }) => {
    const { id, name, type, target, success, resultCode, properties } = data.baseData as unknown as Dependency;
    const ids = { parentId: tags["ai.operation.parentId"], traceId: tags["ai.operation.id"] };
    return { id, name, type, target, success, resultCode, properties, sampleRate, ...ids };
  });
}

/** A log line, as in the table of traces. */
export interface ArrivedLine {
  readonly message: string;
  readonly traceId: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

export function linesOf(endpoint: TelemetryEndpoint): readonly ArrivedLine[] {
  return ofType(endpoint, "MessageData").map(({ tags, data }) => {
    const { message, properties } = data.baseData as unknown as ArrivedLine;
    return { message, properties, traceId: tags["ai.operation.id"] };
  });
}

export interface MetricPoint {
  readonly name: string;
  readonly value: number;
  readonly count: number;
  readonly max?: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** Only ours: the SDK adds one about itself. */
export function metricsOf(endpoint: TelemetryEndpoint): readonly MetricPoint[] {
  return ofType(endpoint, "MetricData")
    .flatMap(({ data }) => {
      const { metrics, properties } = data.baseData as unknown as {
        metrics: Omit<MetricPoint, "properties">[];
        properties: Readonly<Record<string, string>>;
      };
      return metrics.map((metric) => ({ ...metric, properties }));
    })
    .filter(({ name }) => name.startsWith("bridge."));
}

function ofType(endpoint: TelemetryEndpoint, baseType: string): readonly Envelope[] {
  return endpoint.envelopes().filter(({ data }) => data.baseType === baseType);
}

/** A host that was told to leave the lines to the app: they pass the log hook, and what is printed is its last resort. */
export function hostThatLeavesLines() {
  const printed: string[] = [];
  let take: WriteLine = (_level, line) => void printed.push(line);
  return {
    printed,
    tap: { connect: (taker: WriteLine) => void (take = taker) },
    lastResort: (line: string) => void printed.push(line),
    onLine: (level: string, line: string) =>
      take(level === "error" ? "error" : level === "warning" ? "warn" : "info", line),
  };
}
