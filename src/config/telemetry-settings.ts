// From the settings of monitoring to who reports, and by which way.
import { isLoopback } from "./formats.ts";
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { TelemetrySettings } from "./settings.ts";

type Report = (problem: SettingProblem) => void;

const INSTRUMENTATION_KEY = /(?:^|;)\s*InstrumentationKey=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*(?:;|$)/i;

/** What is wrong is reported, and the host reports alone. */
export function readTelemetry(
  reader: SettingReader,
  hostUsesOpenTelemetry: boolean,
  report: Report,
): TelemetrySettings {
  const samplingPercent = reader.withDefault("TELEMETRY_SAMPLING_PERCENT");
  const ways = { samplingPercent, hostUsesOpenTelemetry };
  const chosen = reader.optional("TELEMETRY") ?? byPresence(reader);
  if (chosen === "application-insights") return { ...readApplicationInsights(reader, report), ...ways };
  if (chosen === "otlp") return { ...readOtlp(reader, report), ...ways };
  return { kind: "host", ...ways };
}

/** The connection string alone says nothing: in Azure it is always there, for the host. */
function byPresence(reader: SettingReader): "host" | "otlp" {
  if (reader.isWrong("TELEMETRY")) return "host";
  return reader.isGiven("OTEL_EXPORTER_OTLP_ENDPOINT") ? "otlp" : "host";
}

function readApplicationInsights(reader: SettingReader, report: Report): TelemetryWay {
  const setting = "APPLICATIONINSIGHTS_CONNECTION_STRING";
  const connectionString = reader.optional(setting);
  if (connectionString === undefined || !INSTRUMENTATION_KEY.test(connectionString)) {
    if (reader.isWrong(setting)) return { kind: "host" };
    report({
      setting,
      problem:
        connectionString === undefined
          ? "is not set, and TELEMETRY=application-insights needs it"
          : "has no instrumentation key",
      fix: "Copy the connection string from the Application Insights resource, or set TELEMETRY to host.",
    });
    return { kind: "host" };
  }
  if (reader.isWrong("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")) return { kind: "host" };
  const authentication = reader.optional("APPLICATIONINSIGHTS_AUTHENTICATION_STRING");
  const [, clientId] = /ClientId=([0-9a-f-]+)/i.exec(authentication ?? "") ?? [];
  return {
    kind: "application-insights",
    connectionString,
    ...(authentication === undefined ? {} : { authentication: clientId === undefined ? {} : { clientId } }),
  };
}

function readOtlp(reader: SettingReader, report: Report): TelemetryWay {
  const endpoint = reader.optional("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (endpoint === undefined) {
    if (!reader.isWrong("OTEL_EXPORTER_OTLP_ENDPOINT")) {
      report({
        setting: "OTEL_EXPORTER_OTLP_ENDPOINT",
        problem: "is not set, and TELEMETRY=otlp needs it",
        fix: "Set it to the base address of the collector, or set TELEMETRY to host.",
      });
    }
    return { kind: "host" };
  }
  if (reader.isWrong("OTEL_EXPORTER_OTLP_HEADERS")) return { kind: "host" };
  const headers = headersIn(reader.optional("OTEL_EXPORTER_OTLP_HEADERS") ?? "");
  if (headers === undefined) {
    report({
      setting: "OTEL_EXPORTER_OTLP_HEADERS",
      problem: "has a value that is not percent-encoded",
      fix: "Write a percent sign as %25, a comma as %2C.",
    });
    return { kind: "host" };
  }
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === "http:" && !isLoopback(hostname) && Object.keys(headers).length > 0) {
    report({
      setting: "OTEL_EXPORTER_OTLP_ENDPOINT",
      problem: "is plain http, and OTEL_EXPORTER_OTLP_HEADERS would go there readable for everybody",
      fix: "Use https, or take the headers away.",
    });
    return { kind: "host" };
  }
  return { kind: "otlp", endpoint, headers };
}

type TelemetryWay = TelemetrySettings extends infer Each
  ? Each extends TelemetrySettings
    ? Omit<Each, "samplingPercent" | "hostUsesOpenTelemetry">
    : never
  : never;

function headersIn(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  try {
    return Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
      }),
    );
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
