import { describe, expect, it } from "vitest";
import { startTelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import { openTelemetry, type TelemetryPlan } from "../../src/telemetry/open-telemetry.ts";
import { createRedact } from "../../src/telemetry/redact.ts";

const KEY = "00000000-0000-4000-8000-000000000001";

const plan = (way: TelemetryPlan["way"]): TelemetryPlan => ({
  way,
  serviceName: "bridge",
  instanceId: "1",
  redact: createRedact(["s3cret-of-the-plan"]),
  samplingPercent: 100,
  sendsLines: true,
});

describe("opening telemetry", () => {
  it("gives the silent one where the host reports alone", async () => {
    const { telemetry, failure } = await openTelemetry(plan({ kind: "host" }));
    expect(failure).toBeUndefined();
    expect(telemetry.on).toBe(false);
    expect(await telemetry.run({ runId: "1" }, () => Promise.resolve("done"))).toBe("done");
    expect(await telemetry.deliver()).toEqual({ lostLines: [] });
  });

  it("gives the silent one, and says why, where the SDK cannot be started", async () => {
    const connectionString = `InstrumentationKey=${KEY}`;
    const ways: TelemetryPlan["way"][] = [
      { kind: "application-insights", connectionString: "InstrumentationKey=broken" },
      {
        kind: "application-insights",
        connectionString,
        credential: () => Promise.reject(new Error("no identity with s3cret-of-the-plan")),
      },
    ];
    const opened = await Promise.all(ways.map((way) => openTelemetry(plan(way))));
    expect(opened.map(({ telemetry }) => telemetry.on)).toEqual([false, false]);
    expect(opened.map(({ failure }) => failure)).toEqual([
      expect.stringContaining("Invalid instrumentation key"),
      "no identity with [secret]",
    ]);
  });

  it("never shows the identity's token over plain http", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const { telemetry } = await openTelemetry(
      plan({
        kind: "application-insights",
        connectionString: endpoint.connectionString,
        credential: () =>
          Promise.resolve({
            getToken: () =>
              Promise.resolve({ token: "token-of-the-identity", expiresOnTimestamp: Date.now() + 3_600_000 }),
          }),
      }),
    );
    await telemetry.run({ runId: "1" }, () => Promise.resolve());
    // The endpoint here speaks nothing else: the SDK sends nothing, and that is told.
    const { failure } = await telemetry.deliver();
    expect(failure).toContain("https");
    expect(endpoint.requests).toEqual([]);
  });

  it("sends to the address in a connection string that ends with a semicolon", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const connectionString = `${endpoint.connectionString};`;
    const { telemetry } = await openTelemetry(plan({ kind: "application-insights", connectionString }));
    await telemetry.run({ runId: "1" }, () => Promise.resolve());
    expect(await telemetry.deliver()).toEqual({ lostLines: [] });
    expect(endpoint.envelopes().length).toBeGreaterThan(0);
  });
});
