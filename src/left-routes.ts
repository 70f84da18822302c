// Finds routes that have progress but are in the settings no more: a sink or feed that was removed, or renamed by mistake.
import { BridgeError } from "./errors.ts";
import type { RouteIndex } from "./pipeline/ports.ts";
import { feedOf } from "./pipeline/route-name.ts";

/**
 * Warnings, one for each such route; what is saved of it stays as it is. One call to storage, and one more in a run that
 * brings new routes. Storage that does not answer is a warning, too: the runs of the routes say more about it.
 */
export async function leftRoutes(routes: readonly string[], index: RouteIndex): Promise<readonly BridgeError[]> {
  try {
    const known = await index.list();
    const added = routes.filter((route) => !known.includes(route));
    if (added.length > 0) await index.add(added);
    return known.filter((route) => !routes.includes(route)).map((route) => left(route, routes));
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return [error];
  }
}

function left(route: string, routes: readonly string[]): BridgeError {
  const feed = feedOf(route);
  const sink = route.slice(feed.length + 1);
  const isFeedLeft = routes.some((one) => feedOf(one) === feed);
  const what = isFeedLeft
    ? `the feed ${feed} does not go to a sink ${sink} any more`
    : `there is no feed ${feed} any more`;
  return new BridgeError(
    "ROUTE_LEFT",
    `Route ${route} has saved progress, and by the settings ${what}: nothing is sent there, and its progress stays as it is`,
    {
      fix:
        `If that is a mistake, name the feed ${feed} and the sink ${sink} in the settings again: the route goes on where it stood. ` +
        `If it is meant, delete the row ${route} of the partition _routes of the state table, and the warning ends.`,
    },
  );
}
