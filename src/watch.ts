// Ties telemetry to a run: opens it once a process, gives it the lines, delivers at the end, and has a way out when it fails.
import { keepTelemetrySdkQuiet } from "./config/environment.ts";
import { loadTelemetry, secretsOf, type Environment, type SettingsFiles } from "./config/load-settings.ts";
import type { TelemetrySettings } from "./config/settings.ts";
import { createCredential } from "./identity.ts";
import type { WriteLine } from "./telemetry/log.ts";
import { openTelemetry, type OpenedTelemetry, type TelemetryPlan } from "./telemetry/open-telemetry.ts";
import { createRedact } from "./telemetry/redact.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

/** Where lines can be taken on their way to the host, when the host leaves them to the app. */
export interface LineTap {
  /** From now on every line goes to `taker` as well. */
  connect(taker: WriteLine): void;
}

export interface WatchOptions {
  readonly environment: Environment;
  readonly readFiles: () => SettingsFiles;
  /** Present exactly when the host was told that it need not bring the lines anywhere. */
  readonly tap?: LineTap;
  /** For lines that would be lost: the host always takes what a process prints. */
  readonly lastResort?: (line: string) => void;
}

/** Telemetry for the length of one run. */
export interface Watch {
  readonly telemetry: Telemetry;
  /** Writes a line to the host, and to telemetry where that is its way. */
  readonly write: WriteLine;
  /** Sends what has come together, and warns once when that fails. Takes five seconds at most, never throws. */
  readonly deliver: () => Promise<void>;
}

/** True when the app brings its lines to where they belong, and the host should not do it once more. Never throws. */
export function appBringsLines(environment: Environment, files: Pick<SettingsFiles, "telemetryMode">): boolean {
  return bringsLines(loadTelemetry(environment, files));
}

function bringsLines({ kind, hostUsesOpenTelemetry }: TelemetrySettings): boolean {
  return kind !== "host" && hostUsesOpenTelemetry;
}

export type Watcher = (write: WriteLine) => Promise<Watch>;

/** What is opened is kept from run to run; nothing is opened before the first. */
export function watcher(options: WatchOptions): Watcher {
  const { tap, lastResort = printLine } = options;
  let opening: Promise<OpenedTelemetry> | undefined;
  let warned = false;
  return async (write) => {
    const { telemetry, failure } = await (opening ??= open(options));
    const hostLeavesLines = tap !== undefined;
    /** The part of a line's way that is ours. */
    const bring: WriteLine = (level, line) => {
      if (telemetry.on) telemetry.line(level, line);
      else if (hostLeavesLines) lastResort(line);
    };
    tap?.connect(bring);

    function warn(reason: string): void {
      if (warned) return;
      warned = true;
      const line = `Telemetry could not be delivered: ${reason}. The run itself is not concerned. Check the settings of monitoring, and that its endpoint can be reached from here.`;
      write("warn", line);
      if (hostLeavesLines) lastResort(line);
    }

    if (failure !== undefined) warn(failure);
    return {
      telemetry,
      write: hostLeavesLines
        ? write
        : (level, line) => {
            write(level, line);
            bring(level, line);
          },
      async deliver() {
        if (!telemetry.on) return;
        const delivered = await telemetry.deliver();
        if (hostLeavesLines) for (const line of delivered.lostLines) lastResort(line);
        if (delivered.failure === undefined) warned = false;
        else warn(delivered.failure);
      },
    };
  };
}

function open({ environment, readFiles }: WatchOptions): Promise<OpenedTelemetry> {
  const settings = loadTelemetry(environment, readFiles());
  return openTelemetry({
    way: wayOf(settings, environment),
    // The host takes the same name for its own telemetry.
    serviceName: environment["WEBSITE_SITE_NAME"] ?? "microshare-azure-bridge",
    instanceId: environment["WEBSITE_INSTANCE_ID"] ?? String(process.pid),
    redact: createRedact(secretsOf(environment)),
    samplingPercent: settings.samplingPercent,
    // A host in its classic mode brings them to the same Application Insights: twice would count twice.
    sendsLines: settings.kind === "otlp" || bringsLines(settings),
  });
}

function wayOf(settings: TelemetrySettings, environment: Environment): TelemetryPlan["way"] {
  if (settings.kind !== "application-insights") return settings;
  keepTelemetrySdkQuiet();
  const { kind, connectionString, authentication } = settings;
  if (authentication === undefined) return { kind, connectionString };
  // The platform sets it wherever a managed identity can be asked for a token.
  const identity = environment["IDENTITY_ENDPOINT"] === undefined ? "default" : "managed-identity";
  return { kind, connectionString, credential: () => createCredential(identity, authentication.clientId) };
}

function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}
