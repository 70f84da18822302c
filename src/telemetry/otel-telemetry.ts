// Telemetry by OpenTelemetry: spans under the host's trace, metrics and lines, delivered before a run ends.
import { AsyncLocalStorage } from "node:async_hooks";
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { BridgeError } from "../errors.ts";
import type { RunOutcome } from "../pipeline/forward-feed.ts";
import { endWithin } from "./bounded.ts";
import { createInstruments } from "./instruments.ts";
import { lineAttributes } from "./line-attributes.ts";
import type { LogLevel } from "./log.ts";
import { openSignals, type SignalOptions } from "./otel-signals.ts";
import { requestAttributes } from "./request-attributes.ts";
import type { RouteName, Telemetry } from "./telemetry.ts";
import { contextOf } from "./trace-parent.ts";

export interface OtelOptions extends Omit<SignalOptions, "noteFailure"> {
  /** Lines go out as log records; false where the host brings them to the same place already. */
  readonly sendsLines: boolean;
  /** The failures that the exporters do not tell of themselves. */
  readonly failures: Failures;
  /** Of one delivery; a run is held up no longer. */
  readonly deliveryTimeoutMs: number;
}

/** Collects why deliveries failed. */
export interface Failures {
  note(reason: string): void;
  take(): readonly string[];
}

/** What is going on in this line of calls. */
interface Scope {
  readonly context: Context;
  readonly runId?: string;
  readonly route?: RouteName;
}

export function createOtelTelemetry(options: OtelOptions): Telemetry {
  const { redact, failures } = options;
  const signals = openSignals({ ...options, noteFailure: (reason) => failures.note(reason) });
  const { tracer, logger } = signals;
  const instruments = createInstruments(signals.meter);
  // Of our own, not the global one: the SDKs of the sinks must find no tracing, or they would write it into the events.
  const scopes = new AsyncLocalStorage<Scope>();
  const scopeNow = (): Scope => scopes.getStore() ?? { context: ROOT_CONTEXT };
  const namesOf = ({ runId, route }: Omit<Scope, "context">): Attributes => ({
    ...(runId === undefined ? {} : { run: runId }),
    ...(route === undefined ? {} : { route: route.route, feed: route.feed }),
  });

  /** Runs `work` in a scope of its own, and ends the span with what comes of it. */
  async function within<Result>(
    span: Span,
    scope: Scope,
    work: () => Promise<Result>,
    failureOf: (result: Result) => unknown,
  ): Promise<Result> {
    try {
      const result = await scopes.run({ ...scope, context: trace.setSpan(scope.context, span) }, work);
      const failure = failureOf(result);
      if (failure !== undefined) fail(span, failure);
      return result;
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  return {
    on: true,

    run({ runId, traceParent }, work) {
      const scope: Scope = { context: contextOf(traceParent), runId };
      const span = tracer.startSpan("run", { attributes: namesOf(scope) }, scope.context);
      return within(span, scope, work, noFailure);
    },

    turn(route, work) {
      const scope: Scope = { ...scopeNow(), route };
      const span = tracer.startSpan(`route ${route.route}`, { attributes: namesOf(scope) }, scope.context);
      return within(
        span,
        scope,
        async () => {
          const outcome = await work();
          span.setAttributes(outcomeAttributes(outcome));
          return outcome;
        },
        (outcome) => {
          if (outcome.kind !== "blocked") return undefined;
          // Of a route alone: the host tells of the run that failed with it, and every call on the way has its span.
          const { code, message } = outcome.error;
          span.addEvent("exception", { "exception.type": code, "exception.message": message });
          return outcome.error;
        },
      );
    },

    call({ name, kind, attributes }, work, failureOf = noFailure) {
      const scope = scopeNow();
      const spanKind = kind === "producer" ? SpanKind.PRODUCER : SpanKind.CLIENT;
      const all = { ...namesOf(scope), ...attributes };
      return within(tracer.startSpan(name, { kind: spanKind, attributes: all }, scope.context), scope, work, failureOf);
    },

    request(request) {
      instruments.request(request);
      const endedAt = Date.now();
      const scope = scopeNow();
      const { name, attributes, failure } = requestAttributes(request);
      const span = tracer.startSpan(
        name,
        {
          kind: SpanKind.CLIENT,
          startTime: endedAt - request.durationMs,
          attributes: { ...namesOf({ ...scope, ...(request.route && { route: request.route }) }), ...attributes },
        },
        scope.context,
      );
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end(endedAt);
    },

    batch: (bytes) => instruments.batch(scopeNow().route, bytes),
    outcome: (route, outcome, endedAt) => instruments.outcome(route, outcome, endedAt),

    line(level, line) {
      if (!options.sendsLines) return;
      const scope = scopeNow();
      const body = redact(line);
      logger.emit({
        context: scope.context,
        severityNumber: SEVERITIES[level],
        severityText: level,
        body,
        attributes: { ...namesOf(scope), ...lineAttributes(body) },
      });
    },

    async deliver() {
      const inTime = await endWithin(signals.flush(), options.deliveryTimeoutMs);
      const { lines, dropped } = signals.takeLost(!inTime);
      const reasons = [
        ...new Set([
          ...failures.take(),
          ...(inTime ? [] : [`nothing answered within ${options.deliveryTimeoutMs / 1000} s`]),
          ...(dropped === 0 ? [] : [`${dropped} items found no room`]),
        ]),
      ];
      return {
        ...(reasons.length === 0
          ? {}
          : { failure: redact(reasons.slice(0, MOST_REASONS).join("; ").replaceAll(/\s+/g, " ")) }),
        lostLines: lines.map(({ body }) => (typeof body === "string" ? body : JSON.stringify(body))),
      };
    },
  };
}

/** More would only repeat each other. */
const MOST_REASONS = 3;

const SEVERITIES: Readonly<Record<LogLevel, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

function noFailure(): undefined {
  return undefined;
}

/** With code and text; stacks and causes stay with the host, which has the error itself. */
function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const type = error instanceof BridgeError ? error.code : error instanceof Error ? error.name : "unknown";
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  // Application Insights drops the status text, and the name that the conventions have for the code.
  span.setAttributes({ "error.type": type, errorCode: type, errorMessage: message });
}

function outcomeAttributes({ kind, totals }: RunOutcome): Attributes {
  const { read, delivered, alreadyDelivered, filtered, deadLettered } = totals;
  return { outcome: kind, read, delivered, alreadyDelivered, filtered, deadLettered };
}
