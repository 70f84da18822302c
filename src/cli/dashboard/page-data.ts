// What the page is given: the contract between the server and the modules in the browser.
import type { Overview, SinkEnds } from "../../operations/overview.ts";
import type { ShownEvent } from "../tailed-event.ts";

export interface PageData extends Omit<Overview, "sinks"> {
  /** How often the page asks again. */
  readonly everySeconds: number;
  readonly sinks: readonly ShownSink[];
}

export type ShownSink = Exclude<SinkEnds, { kind: "read" }> | ReadSink;

export type ReadSink = Omit<Extract<SinkEnds, { kind: "read" }>, "partitions"> & {
  readonly partitions: readonly ShownPartition[];
};

export interface ShownPartition {
  readonly partition: string;
  readonly last: number;
  /** Events that came within the last `seconds`: at most an hour, and no longer than the dashboard has looked. */
  readonly added: number;
  readonly seconds: number;
}

export interface ShownFailure {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** How it stands with following the hubs. */
export type LiveState =
  | { readonly kind: "connecting" | "following" }
  | { readonly kind: "not-followed"; readonly because: string }
  | { readonly kind: "failed"; readonly error: ShownFailure };

/** `event: events` of the stream; `event: state` has a `LiveState`. */
export interface LiveEvents {
  readonly events: readonly (ShownEvent & { readonly sink: string })[];
  /** Of those that came since the last message and are not in it: the page shows the newest only. */
  readonly skipped: number;
}
