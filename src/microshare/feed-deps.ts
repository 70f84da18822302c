// What the feed readers of a run have in common.
import type { ViewDefinitions } from "./view-definitions.ts";

export interface FeedDeps {
  /**
   * How far to widen the bounds of one reading, in milliseconds, at least 1: the platform caches views by the text of
   * the query, so it should differ from run to run; and bounds may be exclusive, so it is never 0.
   */
  jitterMs(): number;
  /** Share lists: pages under way while one is worked on, at least 1, which is the default. */
  readonly pagesAhead?: number;
  /** Kept for the life of the process. */
  readonly definitions: ViewDefinitions;
}
