import { describe, expect, it } from "vitest";
import { loadTelemetry } from "../../src/config/load-settings.ts";
import { linesOf, load } from "./environments.ts";

const CONNECTION = "InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=https://in.example.com/";
const CLIENT_ID = "11111111-1111-4111-8111-111111111111";

describe("who reports", () => {
  it("is the host alone, also where Azure sets the connection string for it", () => {
    for (const environment of [{}, { APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION }, { TELEMETRY: "" }]) {
      expect(loadTelemetry(environment, {})).toMatchObject({ kind: "host", samplingPercent: 100 });
    }
  });

  it("is the app where its SDK is switched on", () => {
    const on = { TELEMETRY: "Application-Insights", APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION };
    expect(loadTelemetry(on, {})).toEqual({
      kind: "application-insights",
      connectionString: CONNECTION,
      samplingPercent: 100,
      hostUsesOpenTelemetry: false,
    });
    const withIdentity = (text: string) =>
      loadTelemetry({ ...on, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text }, {});
    expect(withIdentity("Authorization=AAD")).toMatchObject({ authentication: {} });
    expect(withIdentity(`ClientId=${CLIENT_ID};Authorization=AAD`)).toMatchObject({
      authentication: { clientId: CLIENT_ID },
    });
  });

  it("is the app where a collector is named, unless TELEMETRY says otherwise", () => {
    const collector = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector:4318/",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1 , b=x%3Dy%2C",
    };
    expect(loadTelemetry(collector, {})).toMatchObject({
      kind: "otlp",
      endpoint: "https://collector:4318",
      headers: { a: "1", b: "x=y," },
    });
    expect(loadTelemetry({ ...collector, TELEMETRY: "host" }, {})).toMatchObject({ kind: "host" });
  });

  it("takes the host's own mode from host.json or the app setting over it", () => {
    expect(loadTelemetry({}, { telemetryMode: "OpenTelemetry" })).toMatchObject({ hostUsesOpenTelemetry: true });
    expect(
      loadTelemetry(
        { AzureFunctionsJobHost__telemetryMode: "ApplicationInsights" },
        { telemetryMode: "OpenTelemetry" },
      ),
    ).toMatchObject({ hostUsesOpenTelemetry: false });
  });

  it("is the host alone while these settings are wrong, whatever the others are worth", () => {
    expect(loadTelemetry({ TELEMETRY: "loud", OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector" }, {})).toMatchObject({
      kind: "host",
    });
    expect(loadTelemetry({ FEEDS: "{", OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector" }, {})).toMatchObject({
      kind: "otlp",
    });
  });
});

describe("settings of monitoring that are wrong", () => {
  it.each([
    [{ TELEMETRY: "loud" }, "TELEMETRY is not one of the values it can have"],
    [
      { TELEMETRY: "application-insights" },
      "APPLICATIONINSIGHTS_CONNECTION_STRING is not set, and TELEMETRY=application-insights needs it",
    ],
    [
      {
        TELEMETRY: "application-insights",
        APPLICATIONINSIGHTS_CONNECTION_STRING: "IngestionEndpoint=https://in.example.com",
      },
      "APPLICATIONINSIGHTS_CONNECTION_STRING has no instrumentation key",
    ],
    [{ TELEMETRY: "otlp" }, "OTEL_EXPORTER_OTLP_ENDPOINT is not set, and TELEMETRY=otlp needs it"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, "OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL"],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "https://me:pass@collector" },
      "OTEL_EXPORTER_OTLP_ENDPOINT holds a user name or password",
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector?key=1" }, "OTEL_EXPORTER_OTLP_ENDPOINT has a query or fragment"],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector", OTEL_EXPORTER_OTLP_HEADERS: "key=50%" },
      "OTEL_EXPORTER_OTLP_HEADERS has a value that is not percent-encoded",
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example.com", OTEL_EXPORTER_OTLP_HEADERS: "key=1" },
      "OTEL_EXPORTER_OTLP_ENDPOINT is plain http, and OTEL_EXPORTER_OTLP_HEADERS would go there readable for everybody",
    ],
    [{ TELEMETRY_SAMPLING_PERCENT: "0" }, "TELEMETRY_SAMPLING_PERCENT is below 1"],
    [
      { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: "AAD" },
      "APPLICATIONINSIGHTS_AUTHENTICATION_STRING is not of the form",
    ],
  ])("%o are told", (changes, text) => {
    expect(linesOf(changes)).toEqual([expect.stringContaining(text)]);
    expect(linesOf(changes).join()).not.toContain("pass@");
  });

  it("do not concern a host that uses them alone", () => {
    expect(() => load({ APPLICATIONINSIGHTS_CONNECTION_STRING: "something for the host" })).not.toThrow();
  });
});
