// The feeds of the settings: one from plain settings, or several from FEEDS or FEEDS_FILE.
import * as z from "zod";
import { formatFix } from "./check-text.ts";
import { readFeed, type Where } from "./feed-settings.ts";
import { feedEntry } from "./feed-entry.ts";
import { parseJson } from "./json-formats.ts";
import type { SettingProblem } from "./problems.ts";
import type { Display } from "./safe-display.ts";
import { settingReader } from "./setting-reader.ts";
import { type SettingName, settingNames, settingsTable } from "./settings-table.ts";
import type { FeedSettings } from "./settings.ts";

/** Name of the feed of a simple set-up. Never changes: its progress is saved under it. */
export const SINGLE_FEED = "default";

/** Each has a checkpoint and takes a share of the run's time. */
const MOST_FEEDS = 100;

export interface FeedListInput {
  readonly valid: ReadonlyMap<SettingName, string>;
  readonly wrong: ReadonlySet<SettingName>;
  /** What FEEDS_FILE names. */
  readonly feedsFile: FeedsFile | undefined;
  readonly display: Display;
  readonly report: (problem: SettingProblem) => void;
}

export type FeedsFile = { readonly text: string } | { /** Such as `ENOENT`. */ readonly errorCode: string };

export function readFeeds(input: FeedListInput): readonly FeedSettings[] {
  const reader = settingReader(input.valid, input.wrong);
  const source = listSource(input);
  if (source === undefined) {
    return [readFeed(SINGLE_FEED, reader, plainly, input.report)];
  }
  reportSingleFeedSettings(input, source.setting);
  const entries = source.text === undefined ? undefined : readEntries(source.setting, source.text, input.report);
  if (entries === undefined) return [];
  const names = new Set<string>();
  return entries.map((entry, index) => {
    const feed = feedEntry({ ...input, list: source.setting, entry, number: index + 1 });
    reportRepeatedName(names, feed.name, source.setting, feed.place, input.report);
    const settings = readFeed(feed.name ?? "", feed.reader, feed.where, input.report);
    return feed.sinks === undefined ? settings : { ...settings, sinks: feed.sinks };
  });
}

/** A simple set-up: every value stands in its own setting. */
const plainly: Where = {
  feed: "the feed",
  at: (setting) => ({ setting }),
  inherited: () => false,
  called: (setting) => setting,
};

type ListSetting = "FEEDS" | "FEEDS_FILE";

/** Where the list stands; its text is undefined when that was reported as a problem. */
function listSource(input: FeedListInput): { setting: ListSetting; text: string | undefined } | undefined {
  const given = (name: SettingName) => input.valid.has(name) || input.wrong.has(name);
  if (given("FEEDS") && given("FEEDS_FILE")) {
    input.report({
      setting: "FEEDS_FILE",
      problem: "is set together with FEEDS",
      fix: "Keep one of the two and remove the other.",
    });
    return { setting: "FEEDS", text: undefined };
  }
  if (given("FEEDS")) return { setting: "FEEDS", text: input.valid.get("FEEDS") };
  if (!given("FEEDS_FILE")) return undefined;
  if (input.wrong.has("FEEDS_FILE")) return { setting: "FEEDS_FILE", text: undefined };
  if (input.feedsFile !== undefined && "text" in input.feedsFile) {
    return { setting: "FEEDS_FILE", text: input.feedsFile.text };
  }
  const code = input.feedsFile === undefined ? "" : ` (${input.feedsFile.errorCode})`;
  input.report({
    setting: "FEEDS_FILE",
    problem: `names a file that cannot be read${code}`,
    fix: "Put the file into the deployed package and give its path from the folder of the app, for example feeds.json.",
  });
  return { setting: "FEEDS_FILE", text: undefined };
}

/** Which of the two would count is anybody's guess, so neither does. */
function reportSingleFeedSettings(input: FeedListInput, list: ListSetting): void {
  const single = settingNames.filter(
    (name) =>
      settingsTable[name].group === "What is read" &&
      name !== "FEEDS" &&
      name !== "FEEDS_FILE" &&
      (input.valid.has(name) || input.wrong.has(name)),
  );
  if (single.length === 0) return;
  input.report({
    setting: list,
    problem: `is set together with ${single.join(", ")}, which ${single.length === 1 ? "describes" : "describe"} a single feed`,
    fix: `Say this in the entries of ${list} and remove the single-feed settings, or remove ${list}.`,
  });
}

function readEntries(
  setting: ListSetting,
  text: string,
  report: (problem: SettingProblem) => void,
): readonly Readonly<Record<string, unknown>>[] | undefined {
  const json = parseJson(text);
  const list = z.array(z.record(z.string(), z.unknown())).safeParse("problem" in json ? undefined : json.value);
  const count = list.data?.length ?? 0;
  if (list.success && count > 0 && count <= MOST_FEEDS) return list.data;
  const subject = setting === "FEEDS" ? "" : "names a file that ";
  const notAList = "problem" in json ? json.problem : "is not a JSON array of objects";
  const wrongCount = count === 0 ? "lists no feed" : `lists ${count} feeds, more than ${MOST_FEEDS}`;
  report({ setting, problem: subject + (list.success ? wrongCount : notAList), fix: formatFix("FEEDS", "the list") });
  return undefined;
}

/** Case alone is too little to tell two names apart in logs and tables. */
function reportRepeatedName(
  names: Set<string>,
  name: string | undefined,
  setting: ListSetting,
  place: string,
  report: (problem: SettingProblem) => void,
): void {
  if (name === undefined) return;
  if (names.has(name.toLowerCase())) {
    report({
      setting,
      place,
      problem: "has the name of an earlier feed",
      fix: "Give each feed a name of its own, different in more than case; a new feed gets a new name, a running one keeps its name.",
    });
  }
  names.add(name.toLowerCase());
}
