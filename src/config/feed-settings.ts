// From checked settings to one feed: which combinations make sense.
import { formatDuration } from "./durations.ts";
import type { SettingProblem } from "./problems.ts";
import { checkPush, settleDelayWithPush } from "./feed-push.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SettingName } from "./settings-table.ts";
import type { FeedKind, FeedSettings, FeedTiming } from "./settings.ts";

/** Where the operator set, or would set, a value of this feed: the setting itself, or a key in an entry of FEEDS. */
export interface Where {
  /** What problems call the feed. */
  readonly feed: string;
  readonly at: (name: SettingName) => { readonly setting: string; readonly place?: string };
  /** The value comes from a plain setting that is the default of every feed in the list. */
  readonly inherited: (name: SettingName) => boolean;
  /** What a fix calls it. */
  readonly called: (name: SettingName) => string;
}

type Report = (problem: SettingProblem) => void;

/** Reports combinations that make no sense; the feed is then not usable. */
export function readFeed(name: string, reader: SettingReader, where: Where, report: Report): FeedSettings {
  const tell: Tell = (setting, problem, fix) => report({ ...where.at(setting), problem, fix: fix(where.called) });
  const viewId = reader.optional("MICROSHARE_VIEW_ID");
  const viewLimit = reader.optional("MICROSHARE_VIEW_LIMIT");
  const locations = reader.optional("MICROSHARE_LOCATIONS");
  const deviceCluster = reader.optional("MICROSHARE_DEVICE_CLUSTER");
  const categories = reader.optional("MICROSHARE_CATEGORIES");
  const metrics = reader.optional("MICROSHARE_METRICS");
  const countViewId = reader.optional("MICROSHARE_COUNT_VIEW_ID");
  const ownerFilter = reader.optional("MICROSHARE_OWNER_FILTER");
  const kind = reader.optional("MICROSHARE_FEED_KIND") ?? (reader.isGiven("MICROSHARE_VIEW_ID") ? "view" : "share");
  const push = reader.withDefault("FEED_PUSH");
  if (!reader.isWrong("MICROSHARE_FEED_KIND")) checkKind(kind, reader, where, tell);
  if (push && !reader.isWrong("MICROSHARE_FEED_KIND")) checkPush(kind, reader, tell);
  return {
    name,
    kind,
    recType: reader.withDefault("MICROSHARE_REC_TYPE"),
    ...(viewId === undefined ? {} : { viewId }),
    viewRecType: reader.withDefault("MICROSHARE_VIEW_REC_TYPE"),
    viewParameters: reader.optional("MICROSHARE_VIEW_PARAMETERS") ?? {},
    ...(viewLimit === undefined ? {} : { viewLimit }),
    viewTrailingSlash: reader.withDefault("MICROSHARE_VIEW_TRAILING_SLASH"),
    dataContext: reader.optional("MICROSHARE_DATA_CONTEXT") ?? [],
    ...(locations === undefined ? {} : { locations }),
    ...(deviceCluster === undefined ? {} : { deviceCluster }),
    ...(categories === undefined ? {} : { categories }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(countViewId === undefined ? {} : { countViewId }),
    ...(ownerFilter === undefined ? {} : { ownerFilter }),
    timeField: reader.withDefault("MICROSHARE_TIME_FIELD"),
    pageSize: reader.withDefault("MICROSHARE_PAGE_SIZE"),
    timing: readTiming(reader, push, tell),
    updates: reader.withDefault("UPDATES"),
    ...(push ? { push } : {}),
  };
}

export type Tell = (
  setting: SettingName,
  problem: string,
  fix: (called: (name: SettingName) => string) => string,
) => void;

const VIEW_ONLY = [
  "MICROSHARE_VIEW_ID",
  "MICROSHARE_VIEW_PARAMETERS",
  "MICROSHARE_VIEW_LIMIT",
  "MICROSHARE_CATEGORIES",
  "MICROSHARE_METRICS",
] as const;
/** A view can use them too, when its own parameter loc1 covers all places at once. */
const LOCATIONS = ["MICROSHARE_LOCATIONS", "MICROSHARE_DEVICE_CLUSTER"] as const;

function checkKind(kind: FeedKind, reader: SettingReader, where: Where, tell: Tell): void {
  const dividesByPlace = kind === "dashboard" || (kind === "view" && hasOwnLocation(reader));
  const forViews: readonly SettingName[] = kind === "share" ? VIEW_ONLY : [];
  const forDashboards: readonly SettingName[] = dividesByPlace ? [] : LOCATIONS;
  for (const setting of [...forViews, ...forDashboards].filter((name) => reader.isGiven(name))) {
    const right = forViews.includes(setting) ? "view or dashboard" : "dashboard";
    tell(
      setting,
      `is set, but the kind of the feed is ${kind}`,
      (called) => `Set ${called("MICROSHARE_FEED_KIND")} to ${right}, or remove ${called(setting)}.`,
    );
  }
  if (kind !== "share" && !reader.isGiven("MICROSHARE_VIEW_ID")) {
    tell(
      "MICROSHARE_VIEW_ID",
      `is not set, but the kind of the feed is ${kind}`,
      (called) =>
        `Set ${called("MICROSHARE_VIEW_ID")} to the id of the view, or ${called("MICROSHARE_FEED_KIND")} to share.`,
    );
  }
  if (dividesByPlace) checkLocations(reader, tell);
  if (kind === "dashboard") checkDashboard(reader, where, tell);
  if (
    kind === "share" &&
    !where.inherited("MICROSHARE_TIME_FIELD") &&
    !["auto", "createDate"].includes(reader.withDefault("MICROSHARE_TIME_FIELD"))
  ) {
    tell(
      "MICROSHARE_TIME_FIELD",
      "does not fit a share feed, which can only be read in the order of storage",
      (called) => `Set ${called("MICROSHARE_TIME_FIELD")} to auto or createDate, or read through a view.`,
    );
  }
}

function hasOwnLocation(reader: SettingReader): boolean {
  return Object.hasOwn(reader.optional("MICROSHARE_VIEW_PARAMETERS") ?? {}, "loc1");
}

function checkLocations(reader: SettingReader, tell: Tell): void {
  if (!LOCATIONS.every((name) => reader.isGiven(name))) return;
  tell(
    "MICROSHARE_DEVICE_CLUSTER",
    "is set together with a list of locations",
    (called) => `Remove ${called("MICROSHARE_DEVICE_CLUSTER")} or ${called("MICROSHARE_LOCATIONS")}.`,
  );
}

function checkDashboard(reader: SettingReader, where: Where, tell: Tell): void {
  if (!LOCATIONS.some((name) => reader.isGiven(name))) {
    tell(
      "MICROSHARE_LOCATIONS",
      "is not set, and a dashboard is read one location at a time",
      (called) =>
        `Set ${called("MICROSHARE_LOCATIONS")} to the names of the locations, or ${called("MICROSHARE_DEVICE_CLUSTER")} to find them.`,
    );
  }
  if (hasOwnLocation(reader)) {
    tell(
      "MICROSHARE_VIEW_PARAMETERS",
      "sets loc1, which a dashboard takes from its list of locations",
      (called) => `Take loc1 out and put the name into ${called("MICROSHARE_LOCATIONS")}.`,
    );
  }
  if (reader.isGiven("MICROSHARE_OWNER_FILTER")) {
    tell(
      "MICROSHARE_OWNER_FILTER",
      "is set, but the records of a dashboard carry no owner, so all of them would be left out",
      (called) => {
        const remove = where.inherited("MICROSHARE_OWNER_FILTER")
          ? `Write "ownerFilter": "" into ${where.feed}`
          : `Remove ${called("MICROSHARE_OWNER_FILTER")}`;
        return `${remove}; where the view has a placeholder ownerOrg, limit the owner with ${called("MICROSHARE_VIEW_PARAMETERS")}.`;
      },
    );
  }
}

function readTiming(reader: SettingReader, push: boolean, tell: Tell): FeedTiming {
  const lookbackMs = reader.withDefault("LOOKBACK");
  const deepLookbackMs = reader.withDefault("DEEP_LOOKBACK");
  if (deepLookbackMs < lookbackMs && !reader.isWrong("LOOKBACK") && !reader.isWrong("DEEP_LOOKBACK")) {
    tell(
      "DEEP_LOOKBACK",
      `is ${formatDuration(deepLookbackMs)}, shorter than the lookback of every run (${formatDuration(lookbackMs)})`,
      (called) =>
        `Set ${called("DEEP_LOOKBACK")} to at least ${formatDuration(lookbackMs)}, or shorten ${called("LOOKBACK")}.`,
    );
  }
  return {
    startFrom: reader.withDefault("START_FROM"),
    lookbackMs,
    deepLookbackMs,
    settleDelayMs: push ? settleDelayWithPush(reader, tell) : reader.withDefault("SETTLE_DELAY"),
    windowMs: reader.withDefault("WINDOW"),
  };
}
