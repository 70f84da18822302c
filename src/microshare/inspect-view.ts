// What a feed's view asks for and how far it can be trusted, for those who set it up.
import type { BridgeError } from "../errors.ts";
import type { FeedOptions } from "./feed-options.ts";
import type { WindowBounds } from "./view-bounds.ts";
import { readViewDefinition } from "./view-definition.ts";
import type { ViewDefinitions } from "./view-definitions.ts";
import { planView } from "./view-plan.ts";
import { createWarnings } from "./warnings.ts";

export interface ViewFacts {
  /** Absent when the definition cannot be read. */
  readonly placeholders?: readonly string[];
  /** Records at which the view cuts. */
  readonly limit: number;
  /** Absent where the definition does not tell. */
  readonly bounds?: WindowBounds;
  /** What the run would warn about. */
  readonly warnings: readonly BridgeError[];
}

/** Throws what the reader of the feed would throw at this point: `VIEW_PARAMETER_MISSING`, `NOT_FOUND`, `ACCESS_DENIED`. */
export async function inspectView(
  feed: FeedOptions,
  definitions: ViewDefinitions,
  signal: AbortSignal,
): Promise<ViewFacts> {
  const warnings = createWarnings();
  const plan = await planView(feed, definitions, warnings, signal);
  const view = { feed: feed.name, viewRecType: feed.viewRecType, viewId: feed.viewId ?? "" };
  const found = await definitions.queryOf(view, signal);
  const definition = found.kind === "query" ? readViewDefinition(found.query, feed.viewParameters) : undefined;
  return {
    ...(definition === undefined ? {} : { placeholders: definition.placeholders }),
    limit: plan.limit,
    ...(definition?.bounds === undefined ? {} : { bounds: definition.bounds }),
    warnings: warnings.take(),
  };
}
