// Plain OTLP over HTTP with JSON bodies: for collectors and back ends other than Azure Monitor.
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { EXPORT_TIMEOUT_MS, type Exporters } from "./exports.ts";

/** `endpoint` is the base address without a slash at the end. */
export function otlpExporters(endpoint: string, headers: Readonly<Record<string, string>>): Exporters {
  const to = (signal: string) => ({
    url: `${endpoint}/v1/${signal}`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return {
    spans: new OTLPTraceExporter(to("traces")),
    metrics: new OTLPMetricExporter(to("metrics")),
    lines: new OTLPLogExporter(to("logs")),
  };
}
