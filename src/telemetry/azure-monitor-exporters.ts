// The exporters of the Application Insights SDK, without what the SDK adds around them.
import type { TokenCredential } from "@azure/identity";
import {
  AzureMonitorLogExporter,
  AzureMonitorMetricExporter,
  AzureMonitorTraceExporter,
  type AzureMonitorExporterOptions,
} from "@azure/monitor-opentelemetry-exporter";
import { EXPORT_TIMEOUT_MS, type Exporters, type NoteFailure } from "./exports.ts";

type Policies = NonNullable<AzureMonitorExporterOptions["additionalPolicies"]>;
type Policy = Policies[number]["policy"];

/**
 * Throws for a connection string without a usable instrumentation key. Nothing is kept on disk: the folder would belong
 * to an instance that may be gone at the next run.
 */
export function azureMonitorExporters(
  connectionString: string,
  credential: TokenCredential | undefined,
  noteFailure: NoteFailure,
): Exporters {
  const options: AzureMonitorExporterOptions = {
    // With a semicolon at its end the SDK takes the addresses in it for wrong, and sends to a place of its own choice.
    connectionString: connectionString.replace(/[;\s]+$/, ""),
    ...(credential === undefined ? {} : { credential }),
    disableOfflineStorage: true,
    ...stayingHere(connectionString),
    // One more try, and both within the time that a delivery has.
    retryOptions: { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 500 },
    additionalPolicies: [
      { position: "perCall", policy: watchful(noteFailure) },
      { position: "perRetry", policy: bounded },
    ],
  };
  return {
    spans: new AzureMonitorTraceExporter(options),
    metrics: new AzureMonitorMetricExporter(options),
    lines: new AzureMonitorLogExporter(options),
  };
}

/** A stand-in on this machine speaks plain http; for every other place the SDK makes https of it. */
function stayingHere(connectionString: string): Pick<AzureMonitorExporterOptions, "host" | "allowInsecureConnection"> {
  const [, host] =
    /IngestionEndpoint=(http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?)\/?(?:;|$)/i.exec(
      connectionString,
    ) ?? [];
  return host === undefined ? {} : { host, allowInsecureConnection: true };
}

/** Without a place on disk the SDK reports what it could not deliver as delivered. This tells the truth. */
function watchful(noteFailure: NoteFailure): Policy {
  return {
    name: "bridgeWatch",
    async sendRequest(request, next) {
      try {
        const response = await next(request);
        if (response.status !== 200) noteFailure(`the ingestion endpoint answered with status ${response.status}`);
        return response;
      } catch (error) {
        noteFailure(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
  };
}

/** The SDK lets a silent connection hang for ever. */
const bounded: Policy = {
  name: "bridgeTimeout",
  sendRequest(request, next) {
    request.timeout = EXPORT_TIMEOUT_MS / 2;
    return next(request);
  },
};
