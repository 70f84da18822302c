// Spans, metrics and log records of OpenTelemetry in providers of our own: nothing global, no timers, no patches.
import type { Meter, Tracer } from "@opentelemetry/api";
import type { Logger } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, type ReadableLogRecord, type SdkLogRecord } from "@opentelemetry/sdk-logs";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { AlwaysOnSampler, BasicTracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { exportOnce, type Exporters, type NoteFailure } from "./exports.ts";
import { isKept, leavingSpan, mattersAlways } from "./leaving-span.ts";
import { createOutbox } from "./outbox.ts";
import type { Redact } from "./redact.ts";

export interface SignalOptions {
  readonly exporters: Exporters;
  readonly serviceName: string;
  /** Tells apart the processes of one service. */
  readonly instanceId: string;
  readonly redact: Redact;
  /** Of the calls that went well; see `isKept`. */
  readonly samplingPercent: number;
  readonly noteFailure: NoteFailure;
}

export interface Signals {
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Sends everything. Never rejects; takes as long as the exporters take. */
  flush(): Promise<void>;
  /**
   * Lines that were refused, and how many items found no room, since it was last asked. With `giveUp` also the lines that
   * are still to arrive; spans go on waiting for the next flush.
   */
  takeLost(giveUp: boolean): { readonly lines: readonly ReadableLogRecord[]; readonly dropped: number };
}

const SCOPE = "microshare-azure-bridge";
const BATCH_ITEMS = 512;
/** Some megabytes at most. */
const MOST_ITEMS = 4096;

export function openSignals(options: SignalOptions): Signals {
  const { exporters, redact, samplingPercent, noteFailure } = options;
  const resource = resourceFromAttributes({
    "service.name": options.serviceName,
    "service.instance.id": options.instanceId,
  });
  const bounds = { batchItems: BATCH_ITEMS, mostItems: MOST_ITEMS };
  const spans = createOutbox<ReadableSpan>({
    ...bounds,
    send: (items) => exportOnce(exporters.spans, [...items], noteFailure),
  });
  const lines = createOutbox<ReadableLogRecord>({
    ...bounds,
    send: (items) => exportOnce(exporters.lines, [...items], noteFailure),
  });
  const idle = { forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };

  const tracers = new BasicTracerProvider({
    resource,
    // The share of what stays is decided when a span has ended and its outcome is known.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      {
        ...idle,
        onStart: () => {},
        onEnd(span) {
          if (!isKept(span, samplingPercent)) return;
          spans.add(leavingSpan(span, redact, samplingPercent), mattersAlways(span));
        },
      },
    ],
  });
  const loggers = new LoggerProvider({
    resource,
    processors: [{ ...idle, onEmit: (record) => lines.add(record, lineMatters(record)) }],
  });
  const reader = new ReaderOnDemand({
    aggregationTemporalitySelector: (type) => exporters.metrics.selectAggregationTemporality?.(type) ?? 1,
  });
  const meters = new MeterProvider({ resource, readers: [reader] });

  async function flushMetrics(): Promise<void> {
    try {
      const { resourceMetrics, errors } = await reader.collect();
      for (const error of errors) noteFailure(String(error));
      if (resourceMetrics.scopeMetrics.length > 0) await exportOnce(exporters.metrics, resourceMetrics, noteFailure);
    } catch (error) {
      noteFailure(String(error));
    }
  }

  return {
    tracer: tracers.getTracer(SCOPE),
    meter: meters.getMeter(SCOPE),
    logger: loggers.getLogger(SCOPE),
    async flush() {
      await Promise.all([spans.flush(), lines.flush(), flushMetrics()]);
    },
    takeLost(giveUp) {
      const lost = lines.takeLost(giveUp);
      return { lines: lost.refused, dropped: lost.dropped + spans.takeLost().dropped };
    },
  };
}

/** Warnings, errors, and summaries, which have an outcome, at every level. */
function lineMatters({ severityText, attributes }: SdkLogRecord): boolean {
  return severityText === "warn" || severityText === "error" || attributes["outcome"] !== undefined;
}

/** Collects when it is asked: a run flushes at its end, and between runs there is nothing to tell. */
class ReaderOnDemand extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}
