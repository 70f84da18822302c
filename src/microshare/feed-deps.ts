// What the feed readers of a run have in common.
import type { InFlight } from "../pipeline/in-flight.ts";
import type { ViewDefinitions } from "./view-definitions.ts";

export interface FeedDeps {
  /**
   * How far to widen the bounds of one reading, in milliseconds, at least 1: the platform caches views by the text of
   * the query, so it should differ from run to run; and bounds may be exclusive, so it is never 0.
   */
  jitterMs(): number;
  /** Pages of share lists that are read ahead count against it. Without it they are not bounded in bytes. */
  readonly inFlight?: InFlight;
  /** Pages under way while one is worked on, at least 1. Default: 1 for share lists, none for views. */
  readonly pagesAhead?: number;
  /** Of answers of a view that wait for their turn. */
  readonly bytesAhead?: number;
  /** Kept for the life of the process. */
  readonly definitions: ViewDefinitions;
}
