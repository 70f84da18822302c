// How a sink is read back, to tell what had arrived in it.
import type { BridgeError } from "../errors.ts";

/** Reads a sink back, to tell what had arrived before a crash or behind a lost answer. */
export interface ReadBack {
  /** Where every partition ends now. Throws a `BridgeError` when the sink cannot say. */
  positions(signal: AbortSignal): Promise<HubPositions>;
  /**
   * Finds the events of a route that were stored behind `after`, up to `upTo`. Stops early when the bytes or the time
   * are used up: `reached` then lies in between, and a later call goes on from there. Never takes partitions away from
   * other readers. Throws a `BridgeError` when reading fails for now; what can never be known is in `unknown`.
   */
  read(request: ReadBackRequest): Promise<ReadBackReport>;
  /** Proves the right to read without needing an event: why it can never be read, or nothing. Throws what may pass. */
  check?(signal: AbortSignal): Promise<BridgeError | undefined>;
}

export interface ReadBackRequest {
  readonly route: string;
  readonly after: HubPositions;
  readonly upTo: HubPositions;
  readonly maxBytes: number;
  /** Aborting ends the reading early, with what was reached. */
  readonly signal: AbortSignal;
}

export interface ReadBackReport {
  /** Event ids, in any order, at times more than once. */
  readonly found: readonly string[];
  readonly reached: HubPositions;
  /** Why some of the span can never be read: hub created anew, events expired, no right to listen, reader refused. */
  readonly unknown: readonly BridgeError[];
}

/** Where the partitions of a hub end, and which hub it is. Plain data: it is part of the checkpoint. */
export interface HubPositions {
  /** Name and time of creation: a hub created anew under its name is another one. */
  readonly hub: string;
  /** Sequence number of the last event by partition id; -1 for a partition that never had one. */
  readonly partitions: Readonly<Record<string, number>>;
}
