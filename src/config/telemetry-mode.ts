// Whether the host reports by OpenTelemetry, as host.json or an app setting says. Loads nothing: it is read while the app loads.
import type { Environment, SettingsFiles } from "./load-settings.ts";

/** With OpenTelemetry the host stops taking the app's lines once the app says that it sends them. */
export function hostUsesOpenTelemetry(environment: Environment, files: Pick<SettingsFiles, "telemetryMode">): boolean {
  // The host lets an app setting override any key of host.json.
  const mode = environment["AzureFunctionsJobHost__telemetryMode"] ?? files.telemetryMode;
  return mode?.toLowerCase() === "opentelemetry";
}
