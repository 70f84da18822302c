// Settings of monitoring: where traces, metrics and log lines go beside the host's own logging.
import { anyText, oneOf, parsedBy, textLike, wholeNumber } from "./formats.ts";
import { settings } from "./setting.ts";

const group = "Monitoring";

/** A collector inside a network often speaks plain http, so both are fine; see `readTelemetry` for headers. */
const collectorUrl = parsedBy((text) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return { problem: "is not an http or https URL" };
  if (url.username !== "" || url.password !== "") {
    return { problem: "holds a user name or password", fix: "Put them into OTEL_EXPORTER_OTLP_HEADERS instead." };
  }
  if (url.search !== "" || url.hash !== "") {
    return { problem: "has a query or fragment", fix: "Cut the URL off before the ? or #." };
  }
  return { value: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
});

export const telemetrySettings = settings({
  TELEMETRY: {
    group,
    schema: oneOf(["host", "application-insights", "otlp"]),
    format: "`host`, `application-insights` or `otlp`",
    example: "application-insights",
    reason:
      "Who reports. `host`: the Functions host alone, from the log lines; costs nothing. `application-insights`: the app sends traces of its calls and metrics as well. `otlp`: the same to any OpenTelemetry collector. Without it `otlp` where OTEL_EXPORTER_OTLP_ENDPOINT is set, else `host`.",
  },
  TELEMETRY_SAMPLING_PERCENT: {
    group,
    schema: wholeNumber(1, 100),
    default: "100",
    format: "a whole number, 1 to 100",
    example: "10",
    reason:
      "Share of the calls that went well which leave as spans. Failures, the spans of run and routes, metrics and log lines always leave.",
  },
  APPLICATIONINSIGHTS_CONNECTION_STRING: {
    group,
    schema: anyText,
    format: "the connection string of an Application Insights resource",
    example: "InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://in.example.com/",
    secret: true,
    reason: "Where the host sends its telemetry, and the app with `application-insights`.",
  },
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: {
    group,
    schema: textLike(
      /^(?=.*Authorization=AAD)(?:;?(?:Authorization=AAD|ClientId=[0-9a-f-]{36}))+;?$/i,
      "is not of the form Authorization=AAD or ClientId=...;Authorization=AAD",
    ),
    format: "`Authorization=AAD`, with `ClientId=...;` before it for a user-assigned identity",
    example: "Authorization=AAD",
    reason: "Send with the app's identity, which needs the role Monitoring Metrics Publisher. The host reads it too.",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    group,
    schema: collectorUrl,
    format: "an http or https URL, without the path `/v1/...`",
    example: "https://otlp.example.com",
    reason: "The OpenTelemetry collector, for OTLP over HTTP with JSON bodies.",
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    group,
    schema: textLike(/^\s*[\w-]+=[^,]*(,\s*[\w-]+=[^,]*)*$/, "is not a list of name=value"),
    format: "`name=value` pairs separated by commas, values percent-encoded",
    example: "api-key=abc123",
    secret: true,
    reason: "Headers for the collector, for its key.",
  },
});
