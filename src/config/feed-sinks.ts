// Which sinks each feed goes to: by its own list, else to all.
import { sinkCannotHavePush } from "./feed-push.ts";
import { closest } from "./near-miss.ts";
import type { SettingProblem } from "./problems.ts";
import type { FeedSettings } from "./settings.ts";
import type { SinkSettings } from "./sink-settings.ts";

/** Each feed with the sinks it goes to. */
export interface FeedRoutes {
  readonly feed: FeedSettings;
  readonly sinks: readonly SinkSettings[];
}

/** Reports names that no sink has, and two sinks of one feed that are the same place. */
export function routesOf(
  feeds: readonly FeedSettings[],
  sinks: readonly SinkSettings[],
  report: (problem: SettingProblem) => void,
  list: "FEEDS" | "FEEDS_FILE" = "FEEDS",
): readonly FeedRoutes[] {
  return feeds.map((feed) => {
    for (const name of feed.sinks ?? []) {
      if (!sinks.some((sink) => sink.name === name)) report({ setting: list, ...unknownSink(feed.name, name, sinks) });
    }
    const own = sinks.filter((sink) => feed.sinks?.includes(sink.name) ?? sink.onlyNamed !== true);
    if (own.length === 0 && sinks.length > 0 && feed.sinks === undefined)
      report({ setting: list, ...noSink(feed.name) });
    for (const [index, sink] of own.entries()) {
      const same = own.slice(0, index).find((earlier) => placeOf(earlier) === placeOf(sink));
      if (same !== undefined) report(samePlace(feed.name, same.name, sink.name));
    }
    for (const problem of own.map((sink) => sinkCannotHavePush(feed, sink))) {
      if (problem !== undefined) report(problem);
    }
    return { feed, sinks: own };
  });
}

function noSink(feed: string): Omit<SettingProblem, "setting"> {
  return {
    place: `feed "${feed}"`,
    problem: `goes to no sink: it names none, and every sink takes only feeds that name it ("feeds":"named")`,
    fix: `Name its sinks in its entry ("sinks": ["..."]), or take "feeds":"named" off one sink.`,
  };
}

function unknownSink(feed: string, name: string, sinks: readonly SinkSettings[]): Omit<SettingProblem, "setting"> {
  const names = sinks.map((sink) => sink.name);
  const meant = closest(name, names);
  return {
    place: `feed "${feed}", sinks`,
    problem: `names a sink that does not exist: "${name}"`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}Sinks: ${names.join(", ")}. Others are added in SINKS.`,
  };
}

function samePlace(feed: string, one: string, other: string): SettingProblem {
  return {
    setting: "SINKS",
    place: `sink "${other}"`,
    problem: `is the same place as the sink "${one}", and the feed "${feed}" goes to both: every event would be there twice`,
    fix: `Remove one of the two, or name the sinks of the feed in its entry of FEEDS ("sinks": ["${one}"]).`,
  };
}

/** What tells the place of one sink from another's; a sink of a kind with many places is only like itself. */
function placeOf({ name, target }: SinkSettings): string {
  if (target.kind === "event-hub") return `hub ${target.host.toLowerCase()}/${target.hubName.toLowerCase()}`;
  if (target.kind === "event-hubs-per-type") {
    return `hubs ${target.host.toLowerCase()}/${target.prefix?.toLowerCase() ?? ""}`;
  }
  if (target.kind === "service-bus") return `entity ${target.host.toLowerCase()}/${target.entity.toLowerCase()}`;
  return `sink ${name}`;
}
