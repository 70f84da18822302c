// What an export needs, whoever takes it: three exporters and a place where failures are noted.
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

export interface Exporters {
  readonly spans: SpanExporter;
  readonly metrics: PushMetricExporter;
  readonly lines: LogRecordExporter;
}

/** Told why something was not taken, in words for the operator. */
export type NoteFailure = (reason: string) => void;

/** One request of an exporter, answer included. */
export const EXPORT_TIMEOUT_MS = 4_000;

/** An exporter of the SDK in its callback form. */
interface Exporter<Items> {
  export(items: Items, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

/** Resolves with whether the items arrived, as far as the exporter knows. Never rejects. */
export async function exportOnce<Items>(
  exporter: Exporter<Items>,
  items: Items,
  noteFailure: NoteFailure,
): Promise<boolean> {
  try {
    const { code, error } = await new Promise<{ readonly code: number; readonly error?: Error }>((resolve) => {
      exporter.export(items, resolve);
    });
    if (code === 0) return true;
    noteFailure(error?.message ?? "the exporter gave no reason");
  } catch (error) {
    noteFailure(error instanceof Error ? error.message : String(error));
  }
  return false;
}
