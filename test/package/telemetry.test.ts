// The bundled app with its telemetry: what is loaded when, and where the lines go.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTelemetryEndpoint } from "../../dev/telemetry-endpoint.ts";
import { bundle } from "../../scripts/bundle.ts";
import { startBridge } from "../integration/bridge-under-test.ts";
import {
  dependenciesOf,
  linesOf,
  metricsOf,
  toApplicationInsights,
  TRACE_PARENT,
} from "../integration/telemetry-under-test.ts";
import { ROOMS } from "../integration/two-feeds.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const openTelemetryHost = { AzureFunctionsJobHost__telemetryMode: "OpenTelemetry" };
let folder: string;

interface Seen {
  readonly capabilities: Readonly<Record<string, string>>;
  readonly hooks: readonly string[];
  readonly lines: readonly string[];
  readonly failure: string;
  readonly loaded: readonly string[];
  readonly loadedAtStart: number;
  readonly connections: readonly string[];
  readonly listening: number;
  /** What the process printed on standard error. */
  readonly printed: string;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bridge-telemetry-"));
  await bundle(join(folder, "dist"));
  await cp(join(root, "host.json"), join(folder, "host.json"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", main: "dist/main.js" }));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs once with settings that lack nearly everything: the run fails, and has to tell so. */
async function fire(environment: Readonly<Record<string, string | undefined>>): Promise<Seen> {
  const script = fileURLToPath(new URL("run-like-the-worker.mjs", import.meta.url));
  const { stdout, stderr } = await run(process.execPath, [script, folder, TRACE_PARENT], {
    env: { PATH: process.env["PATH"], ...environment },
  });
  return { ...(JSON.parse(stdout) as Omit<Seen, "printed">), printed: stderr };
}

describe("the bundled app", () => {
  it.each([
    ["nothing set", {}],
    [
      "the connection string that Azure sets for the host",
      { APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=00000000-0000-4000-8000-000000000001" },
    ],
    ["a host in OpenTelemetry mode", openTelemetryHost],
  ])("loads, opens and changes nothing for telemetry with %s", async (_words, environment) => {
    const seen = await fire(environment);
    expect(seen.failure).toBe("SETTINGS_INVALID");
    expect(seen.lines).toEqual([expect.stringContaining("SETTINGS_INVALID")]);
    const chunks = await telemetryChunks();
    expect(chunks.length).toBeGreaterThan(2);
    expect(seen.loaded.filter((file) => chunks.includes(file))).toEqual([]);
    expect(seen).toMatchObject({ connections: [], listening: 0, hooks: [], printed: "" });
    expect(seen.capabilities).not.toHaveProperty("WorkerOpenTelemetryEnabled");
  });

  it.each(["application-insights", "otlp"])(
    "loads the SDK for %s with the first run, not with the app",
    async (way) => {
      await using endpoint = await startTelemetryEndpoint();
      const settings = way === "otlp" ? { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url } : toApplicationInsights(endpoint);
      const seen = await fire({ ...settings, ...openTelemetryHost });
      const chunks = await telemetryChunks();
      const atStart = seen.loaded.slice(0, seen.loadedAtStart);
      expect(atStart.filter((file) => chunks.includes(file))).toEqual([]);
      expect(seen.loaded.filter((file) => chunks.includes(file)).length).toBeGreaterThan(1);
      // Of the two ways only the one that is used.
      const other = way === "otlp" ? "azure-monitor-exporters" : "otlp-exporters";
      expect(seen.loaded.filter((file) => file.startsWith(other))).toEqual([]);
      expect(endpoint.requests.length).toBeGreaterThan(0);
      const { port } = new URL(endpoint.url);
      expect(new Set(seen.connections)).toEqual(new Set([port]));
      expect(seen.listening).toBe(0);
    },
  );

  it("sends spans, metrics and lines of a real run, and events without a trace of it", async () => {
    await using endpoint = await startTelemetryEndpoint();
    // In real time: the bundle has no other.
    const clock = { now: Date.now };
    await using bridge = await startBridge({ simulator: { clock }, hubs: { now: clock.now }, feeds: () => [ROOMS] });
    const { id } = bridge.microshare.add({ recType: ROOMS.recType, time: Date.now() - 1_800_000 });
    const seen = await fire({ ...bridge.settings, ...toApplicationInsights(endpoint), ...openTelemetryHost });
    expect(seen.failure).toBeUndefined();
    const names = dependenciesOf(endpoint).map(({ name }) => name);
    const calls = ["run", "route rooms@event-hub", "GET /share/io.example.rooms", "send microshare"];
    expect(names).toEqual(expect.arrayContaining(calls));
    expect(metricsOf(endpoint)).toContainEqual(expect.objectContaining({ name: "bridge.records.delivered", value: 1 }));
    expect(linesOf(endpoint).map(({ message }) => message)).toEqual(seen.lines);
    const [event, ...more] = bridge.events();
    expect(more).toEqual([]);
    expect(event?.properties["recordKey"]).toBe(id);
    expect(Object.keys(event?.properties ?? {}).filter((name) => /diagnostic|trace/i.test(name))).toEqual([]);
  });

  it("tells a host in OpenTelemetry mode that it brings the lines, takes them at the log hook, and brings each once", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const seen = await fire({ ...toApplicationInsights(endpoint), ...openTelemetryHost });
    expect(seen.capabilities).toMatchObject({ WorkerOpenTelemetryEnabled: "true" });
    expect(seen.hooks).toEqual(["log"]);
    expect(linesOf(endpoint).map(({ message }) => message)).toEqual(seen.lines);
    expect(seen.printed).toBe("");
  });

  it("leaves the lines to any other host, and to one that has no log hook", async () => {
    await using endpoint = await startTelemetryEndpoint();
    const classic = await fire(toApplicationInsights(endpoint));
    expect(classic.hooks).toEqual([]);
    const old = await fire({ ...toApplicationInsights(endpoint), ...openTelemetryHost, NO_LOG_HOOK: "yes" });
    expect(old.printed).toContain("Log hooks require");
    for (const { capabilities, lines } of [classic, old]) {
      expect(capabilities).not.toHaveProperty("WorkerOpenTelemetryEnabled");
      expect(lines).toEqual([expect.stringContaining("SETTINGS_INVALID")]);
    }
  });

  it("prints the lines that it promised to bring and cannot", async () => {
    await using endpoint = await startTelemetryEndpoint();
    endpoint.mood = { status: 402 };
    const seen = await fire({ ...toApplicationInsights(endpoint), ...openTelemetryHost });
    expect(seen.printed).toContain("SETTINGS_INVALID");
    expect(seen.printed).toContain("Telemetry could not be delivered");
    await endpoint.close();
    const gone = await fire({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url, ...openTelemetryHost });
    expect(gone.printed).toContain("SETTINGS_INVALID");
  });
});

/** The chunks that hold code of OpenTelemetry or of the exporters. */
async function telemetryChunks(): Promise<readonly string[]> {
  const names = (await readdir(join(folder, "dist"), { recursive: true })).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, "dist", name), "utf8")));
  return names
    .filter(
      (name, index) =>
        name !== "main.js" && /createHistogram|resourceMetrics|AzureMonitorTraceExporter/.test(texts[index] ?? ""),
    )
    .map((name) => name.slice("chunks/".length));
}
