// The name of a route: feed -> sink. Progress is saved under it and every event carries it, so its form never changes.

/** Name of the sink of a simple set-up, a single event hub. */
export const EVENT_HUB_SINK = "event-hub";

/** `default` and `event-hub` give `default@event-hub`. Neither name may hold an `@`. */
export function routeName(feed: string, sink: string): string {
  return `${feed}@${sink}`;
}

/** The feed of a route's name. */
export function feedOf(route: string): string {
  return route.slice(0, route.lastIndexOf("@"));
}
