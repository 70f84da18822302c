// What a run tells about itself to those who watch it: a small port, and the version that does nothing.
import type { RunOutcome } from "../pipeline/forward-feed.ts";
import type { TimedOutcome } from "../pipeline/forward-all.ts";
import type { LogLevel } from "./log.ts";

/** Which route, and the feed it reads. Both stand on every span, line and metric point that belongs to one. */
export interface RouteName {
  readonly route: string;
  readonly feed: string;
}

export interface RunStart {
  readonly runId: string;
  /** The host's span, as W3C `traceparent`; anything else is ignored, and the run begins a trace of its own. */
  readonly traceParent?: string;
}

/** A call that leaves the process. Attributes never hold a query, a token or anything of a record. */
export interface OutgoingCall {
  readonly name: string;
  /** `producer` for events that are sent. */
  readonly kind: "client" | "producer";
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** One try of one HTTP request that is over. */
export interface FinishedRequest {
  readonly target: "api" | "login";
  /** Absent for logins, which all routes share. */
  readonly route?: RouteName;
  readonly method: string;
  /** Without query and fragment. */
  readonly address: string;
  readonly attempt: number;
  readonly status?: number;
  readonly fault?: string;
  readonly bytes: number;
  readonly durationMs: number;
}

/** What became of what was handed over for delivery. */
export interface Delivered {
  /** Why something did not arrive, in words for the operator. */
  readonly failure?: string;
  /** Lines that did not arrive although nobody else has them: they need another way out. */
  readonly lostLines: readonly string[];
}

export interface Telemetry {
  /** Off: nothing is worth being wrapped or counted. */
  readonly on: boolean;
  /** One run, as a span under the host's. */
  run<Result>(start: RunStart, work: () => Promise<Result>): Promise<Result>;
  /** One turn of a route, as a span under its run. */
  turn(route: RouteName, work: () => Promise<RunOutcome>): Promise<RunOutcome>;
  /** One call, as a span under what is going on. `failureOf` finds the failure in a result that is not thrown. */
  call<Result>(
    call: OutgoingCall,
    work: () => Promise<Result>,
    failureOf?: (result: Result) => unknown,
  ): Promise<Result>;
  /** A call that was timed already, as a span and in the counters. */
  request(request: FinishedRequest): void;
  /** A batch that the sink confirmed. */
  batch(bytes: number): void;
  /** How a route ended, for the counters. `endedAt` is the clock that its watermark goes by. */
  outcome(route: RouteName, outcome: TimedOutcome, endedAt: number): void;
  /** A finished log line, which has gone to the host already. */
  line(level: LogLevel, line: string): void;
  /** Sends what has come together. Bounded in time, never throws. */
  deliver(): Promise<Delivered>;
}

const NOTHING: Delivered = { lostLines: [] };

/** For set-ups in which the host alone reports. */
export const noTelemetry: Telemetry = {
  on: false,
  run: (_start, work) => work(),
  turn: (_route, work) => work(),
  call: (_call, work) => work(),
  request: () => {},
  batch: () => {},
  outcome: () => {},
  line: () => {},
  deliver: () => Promise.resolve(NOTHING),
};
