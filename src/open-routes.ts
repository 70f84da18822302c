// From the settings to sinks and routes: called by the app alone.
import type { FeedRoutes } from "./config/feed-sinks.ts";
import type { SinkSettings } from "./config/sink-settings.ts";
import { startAt } from "./config/start-from.ts";
import type { MicroshareApi } from "./microshare/api.ts";
import { createFeedSource, type FeedDeps } from "./microshare/feed-source.ts";
import { viewWithVersions } from "./microshare/pushed-records.ts";
import { openSink, type SinkSurroundings } from "./open-sink.ts";
import type { Route } from "./pipeline/forward-feed.ts";
import type { Sink } from "./pipeline/ports.ts";
import { routeName } from "./pipeline/route-name.ts";
import { feedWithoutPersonalFields } from "./without-personal-fields.ts";

/** Those that some feed goes to, by name. */
export async function openSinks(
  routes: readonly FeedRoutes[],
  around: SinkSurroundings,
): Promise<ReadonlyMap<string, Sink>> {
  const used = new Map(routes.flatMap(({ sinks }) => sinks.map((sink): [string, SinkSettings] => [sink.name, sink])));
  const opened = new Map<string, Sink>();
  for (const [name, settings] of used) opened.set(name, await openSink(settings, around));
  return opened;
}

export interface Reading extends FeedDeps {
  readonly removePersonalFields: boolean;
}

/** One for each sink of the feed, and for all of them the same reader, which keeps what it finds out for the run. */
export function openRoutes(
  { feed, sinks }: FeedRoutes,
  api: MicroshareApi,
  opened: ReadonlyMap<string, Sink>,
  reading: Reading,
): readonly Route[] {
  const { timing, updates } = feed;
  const found = createFeedSource(api, feed, reading);
  const safe = feed.push === true && feed.kind === "view" ? viewWithVersions(found, feed.name) : found;
  const source = reading.removePersonalFields ? feedWithoutPersonalFields(safe) : safe;
  return sinks.map(({ name, startFrom = timing.startFrom }): Route => {
    const sink = opened.get(name);
    if (sink === undefined) throw new Error(`the sink ${name} was not opened`);
    const start = (now: number): number => (startFrom.kind === "now" ? now : startAt(startFrom, now));
    return {
      name: routeName(feed.name, name),
      feed: feed.name,
      source,
      sink,
      timing: { ...timing, startAt: start },
      updates,
      ...(feed.push === true ? { push: true } : {}),
    };
  });
}
