// What a feed must be like to have push: polled so that nothing is sent twice (docs/push.md).
import { formatDuration } from "./durations.ts";
import type { Tell } from "./feed-settings.ts";
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SettingName } from "./settings-table.ts";
import type { FeedKind, FeedSettings } from "./settings.ts";
import type { SinkSettings } from "./sink-settings.ts";

/** Pushed records are younger than ten minutes when they arrive: polling keeps this far behind. */
const LEAST_SETTLE_DELAY_MS = 15 * 60_000;

/** A view that takes them chooses by more than the record type: what is pushed would not be chosen. */
const CHOOSING: readonly SettingName[] = [
  "MICROSHARE_VIEW_PARAMETERS",
  "MICROSHARE_CATEGORIES",
  "MICROSHARE_METRICS",
  "MICROSHARE_LOCATIONS",
  "MICROSHARE_DEVICE_CLUSTER",
];

export function checkPush(kind: FeedKind, reader: SettingReader, tell: Tell): void {
  if (kind === "dashboard") {
    tell(
      "FEED_PUSH",
      "is true, but the kind of the feed is dashboard, whose records are made by the view and never pushed",
      (called) => `Set ${called("FEED_PUSH")} to false, or read the records themselves with a share feed.`,
    );
  }
  if (kind !== "view") return;
  for (const setting of CHOOSING.filter((name) => reader.isGiven(name))) {
    tell(
      setting,
      "makes the view choose among the records of its type, but push is on and would bring them all",
      (called) =>
        `Remove ${called(setting)} and use a view that passes all records through, or set ${called("FEED_PUSH")} to false.`,
    );
  }
  if (reader.isWrong("MICROSHARE_TIME_FIELD") || reader.withDefault("MICROSHARE_TIME_FIELD") !== "auto") return;
  tell(
    "MICROSHARE_TIME_FIELD",
    "is auto, but push is on: whether a record is young enough to be pushed goes by the clock of the view",
    (called) => `Set ${called("MICROSHARE_TIME_FIELD")} to the time that the view filters by.`,
  );
}

export function settleDelayWithPush(reader: SettingReader, tell: Tell): number {
  if (!reader.isGiven("SETTLE_DELAY") || reader.isWrong("SETTLE_DELAY")) return LEAST_SETTLE_DELAY_MS;
  const settleDelayMs = reader.withDefault("SETTLE_DELAY");
  if (settleDelayMs < LEAST_SETTLE_DELAY_MS) {
    tell(
      "SETTLE_DELAY",
      `is ${formatDuration(settleDelayMs)}, but push is on, which needs at least ${formatDuration(LEAST_SETTLE_DELAY_MS)}`,
      (called) =>
        `Set ${called("SETTLE_DELAY")} to ${formatDuration(LEAST_SETTLE_DELAY_MS)} or more, or leave it out: that is the default with push.`,
    );
  }
  return settleDelayMs;
}

/** What was pushed has to be read back before polling sends. */
export function sinkCannotHavePush(feed: FeedSettings, { name, target }: SinkSettings): SettingProblem | undefined {
  if (feed.push !== true || target.kind === "event-hub" || target.kind === "event-hubs-per-type") return undefined;
  return {
    setting: "SINKS",
    place: `sink "${name}"`,
    problem: `is of kind ${target.kind}, which cannot be read back, and the feed "${feed.name}" has push and goes to it`,
    fix:
      "Set push to false for the feed, or name only event hubs in its list of sinks; a second feed without push, of " +
      "another name, can serve this sink.",
  };
}

/** Nothing would ever be pushed, and polling would keep a quarter of an hour behind for nothing. */
export function pushWithoutWebhook(
  feeds: readonly FeedSettings[],
  reader: SettingReader,
  list: "FEEDS" | "FEEDS_FILE",
): SettingProblem | undefined {
  const feed = feeds.find(({ push }) => push === true);
  if (feed === undefined || reader.isWrong("WEBHOOK") || reader.withDefault("WEBHOOK") === "on") return undefined;
  return {
    ...(reader.isGiven("FEED_PUSH") ? { setting: "FEED_PUSH" } : { setting: list, place: `feed "${feed.name}", push` }),
    problem: "is true, but the webhook, by which records are pushed, is off",
    fix: "Set WEBHOOK to on, or push to false.",
  };
}
