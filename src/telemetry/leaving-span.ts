// What a span looks like when it leaves: redacted, and kept or not.
import { SpanKind, SpanStatusCode, type Attributes } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { Redact } from "./redact.ts";

/** Read by Application Insights, which then counts the span for those that were left out. */
const SAMPLE_RATE = "microsoft.sample_rate";

/** A failure, or one of the few spans that hold the others together. */
export function mattersAlways(span: ReadableSpan): boolean {
  return span.status.code === SpanStatusCode.ERROR || span.kind === SpanKind.INTERNAL;
}

/**
 * Whether a span is among those to keep. Decided when it has ended, so that no failure is left out, and by its id, which
 * is random: the same share of every kind of call stays.
 */
export function isKept(span: ReadableSpan, percent: number): boolean {
  if (percent >= 100 || mattersAlways(span)) return true;
  return Number.parseInt(span.spanContext().spanId.slice(0, 8), 16) < (percent / 100) * 2 ** 32;
}

/** A copy with clean texts. The span itself stays as it is. */
export function leavingSpan(span: ReadableSpan, redact: Redact, percent: number): ReadableSpan {
  const sampled = percent < 100 && !mattersAlways(span);
  const changes: Partial<ReadableSpan> = {
    name: redact(span.name),
    attributes: { ...cleanAttributes(span.attributes, redact), ...(sampled ? { [SAMPLE_RATE]: percent } : {}) },
    status: {
      ...span.status,
      ...(span.status.message === undefined ? {} : { message: redact(span.status.message) }),
    },
    events: span.events.map((event) => ({
      ...event,
      name: redact(event.name),
      ...(event.attributes === undefined ? {} : { attributes: cleanAttributes(event.attributes, redact) }),
    })),
  };
  // Everything else, methods included, is the span's own.
  return Object.create(span, propertiesOf(changes));
}

export function cleanAttributes(attributes: Attributes, redact: Redact): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "string" ? redact(value) : value]),
  );
}

function propertiesOf(changes: object): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(changes).map(([name, value]) => [name, { value, enumerable: true }] as const),
  );
}
