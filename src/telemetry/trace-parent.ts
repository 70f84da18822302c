// Reads the W3C `traceparent` that the host gives with each invocation.
import { ROOT_CONTEXT, trace, TraceFlags, type Context } from "@opentelemetry/api";

const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

/**
 * A context under the host's span; an empty one for text that is none. The host's own sampling is left aside: what a run
 * tells of its failures must not hang on it.
 */
export function contextOf(traceParent: string | undefined): Context {
  const [, traceId, spanId] = TRACE_PARENT.exec(traceParent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}
