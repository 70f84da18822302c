// Opens telemetry on first use. The packages behind it are large: who leaves reporting to the host never loads them.
import type { TokenCredential } from "@azure/identity";
import type { Exporters, NoteFailure } from "./exports.ts";
import type { OtelOptions } from "./otel-telemetry.ts";
import { noTelemetry, type Telemetry } from "./telemetry.ts";

export interface TelemetryPlan extends Pick<OtelOptions, "serviceName" | "instanceId" | "redact" | "samplingPercent"> {
  readonly way:
    | { readonly kind: "host" }
    | {
        readonly kind: "application-insights";
        readonly connectionString: string;
        readonly credential?: () => Promise<TokenCredential>;
      }
    | { readonly kind: "otlp"; readonly endpoint: string; readonly headers: Readonly<Record<string, string>> };
  readonly sendsLines: boolean;
}

export interface OpenedTelemetry {
  readonly telemetry: Telemetry;
  /** Why it could not be opened, in words for the operator; the host then reports alone. */
  readonly failure?: string;
}

/** Of one delivery, and so the most that a run is held up by an endpoint that does not answer. */
const DELIVERY_TIMEOUT_MS = 5_000;

/** Never throws: a run does its work whether somebody watches or not. */
export async function openTelemetry(plan: TelemetryPlan): Promise<OpenedTelemetry> {
  if (plan.way.kind === "host") return { telemetry: noTelemetry };
  try {
    const reasons: string[] = [];
    const failures = {
      note: (reason: string) => void reasons.push(reason),
      take: () => reasons.splice(0),
    };
    const exporters = await loadExporters(plan.way, failures.note);
    const { createOtelTelemetry } = await import("./otel-telemetry.ts");
    const { serviceName, instanceId, redact, samplingPercent, sendsLines } = plan;
    const parts = { exporters, serviceName, instanceId, redact, samplingPercent, sendsLines, failures };
    return { telemetry: createOtelTelemetry({ ...parts, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS }) };
  } catch (error) {
    return { telemetry: noTelemetry, failure: plan.redact(error instanceof Error ? error.message : String(error)) };
  }
}

async function loadExporters(
  way: Exclude<TelemetryPlan["way"], { kind: "host" }>,
  noteFailure: NoteFailure,
): Promise<Exporters> {
  if (way.kind === "otlp") {
    const { otlpExporters } = await import("./otlp-exporters.ts");
    return otlpExporters(way.endpoint, way.headers);
  }
  const { azureMonitorExporters } = await import("./azure-monitor-exporters.ts");
  return azureMonitorExporters(way.connectionString, await way.credential?.(), noteFailure);
}
