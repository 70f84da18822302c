// One entry of FEEDS: its name, and what it says instead of the plain settings.
import { z } from "zod";
import { complaintAbout, givenText } from "./check-text.ts";
import type { Where } from "./feed-settings.ts";
import { closest } from "./near-miss.ts";
import type { SettingProblem } from "./problems.ts";
import type { Display } from "./safe-display.ts";
import { settingReader, type SettingReader } from "./setting-reader.ts";
import { type SettingName, settingsTable } from "./settings-table.ts";

/** Key of an entry -> the setting whose place it takes: same format, same limits. */
const KEYS = {
  kind: "MICROSHARE_FEED_KIND",
  recType: "MICROSHARE_REC_TYPE",
  viewId: "MICROSHARE_VIEW_ID",
  viewRecType: "MICROSHARE_VIEW_REC_TYPE",
  viewParameters: "MICROSHARE_VIEW_PARAMETERS",
  viewLimit: "MICROSHARE_VIEW_LIMIT",
  locations: "MICROSHARE_LOCATIONS",
  deviceCluster: "MICROSHARE_DEVICE_CLUSTER",
  categories: "MICROSHARE_CATEGORIES",
  metrics: "MICROSHARE_METRICS",
  countViewId: "MICROSHARE_COUNT_VIEW_ID",
  ownerFilter: "MICROSHARE_OWNER_FILTER",
  dataContext: "MICROSHARE_DATA_CONTEXT",
  timeField: "MICROSHARE_TIME_FIELD",
  pageSize: "MICROSHARE_PAGE_SIZE",
  startFrom: "START_FROM",
  lookback: "LOOKBACK",
  deepLookback: "DEEP_LOOKBACK",
  settleDelay: "SETTLE_DELAY",
  window: "WINDOW",
  updates: "UPDATES",
  push: "FEED_PUSH",
} as const satisfies Record<string, SettingName>;

/** `name`, `sinks` and the keys that stand for settings, in the order of the documentation. */
export const feedEntryKeys: readonly string[] = ["name", "sinks", ...Object.keys(KEYS)];

/** The setting a key stands for; undefined for `name` and `sinks`, and for keys that do not exist. */
export function settingOfKey(key: string): SettingName | undefined {
  return isKey(key) ? KEYS[key] : undefined;
}

function isKey(key: string): key is keyof typeof KEYS {
  return Object.hasOwn(KEYS, key);
}

export interface FeedEntryInput {
  readonly list: "FEEDS" | "FEEDS_FILE";
  readonly entry: Readonly<Record<string, unknown>>;
  /** From 1; names an entry that has no usable name. */
  readonly number: number;
  /** The plain settings. */
  readonly valid: ReadonlyMap<SettingName, string>;
  readonly wrong: ReadonlySet<SettingName>;
  readonly display: Display;
  readonly report: (problem: SettingProblem) => void;
}

export interface FeedEntry {
  /** Undefined when it is missing or wrong. */
  readonly name: string | undefined;
  /** Names of the sinks it goes to; `undefined` for all. */
  readonly sinks: readonly string[] | undefined;
  /** What problems call the entry. */
  readonly place: string;
  /** The entry's values, over those of the plain settings. */
  readonly reader: SettingReader;
  readonly where: Where;
}

/** Reports what is wrong with the entry by itself. */
export function feedEntry(input: FeedEntryInput): FeedEntry {
  const name = readName(input);
  const place = name === undefined || input.display(name) === undefined ? `feed ${input.number}` : `feed "${name}"`;
  const valid = new Map([...input.valid].filter(([setting]) => isDefaultOfFeeds(setting)));
  const wrong = new Set([...input.wrong].filter(isDefaultOfFeeds));
  const own = new Set<SettingName>();
  for (const [key, value] of Object.entries(input.entry)) {
    if (key === "name" || key === "sinks") continue;
    const setting = settingOfKey(key);
    if (setting === undefined) {
      reportUnknownKey(input, place, key);
      continue;
    }
    own.add(setting);
    valid.delete(setting);
    wrong.delete(setting);
    const text = givenText(setting, entryText(value));
    if (text === undefined) continue;
    if (reportWrongValue(input, place, key, setting, text)) wrong.add(setting);
    else valid.set(setting, text);
  }
  const isInherited = (setting: SettingName) => valid.has(setting) && !own.has(setting);
  const where: Where = {
    feed: place,
    inherited: isInherited,
    at: (setting) =>
      isInherited(setting) ? { setting } : { setting: input.list, place: `${place}, ${keyOf(setting) ?? setting}` },
    called: (setting) => (isInherited(setting) ? setting : `"${keyOf(setting) ?? setting}"`),
  };
  return { name, sinks: readSinkNames(input, place), place, reader: settingReader(valid, wrong), where };
}

/** The other settings of the table describe a single feed, and say nothing about the feeds of a list. */
function isDefaultOfFeeds(setting: SettingName): boolean {
  return settingsTable[setting].group !== "What is read";
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function readName(input: FeedEntryInput): string | undefined {
  const name = input.entry["name"];
  if (typeof name === "string" && NAME.test(name)) return name;
  input.report({
    setting: input.list,
    place: `feed ${input.number}, name`,
    problem: name === undefined ? "is missing" : "is not a usable name",
    fix: "Give the feed a name of 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit. Progress is saved under it, so keep it for ever.",
  });
  return undefined;
}

/** Null and an empty text mean, as everywhere: not set. */
function readSinkNames({ entry, list, report }: FeedEntryInput, place: string): readonly string[] | undefined {
  const given = entry["sinks"] ?? "";
  if (given === "") return undefined;
  const names = z.array(z.string()).min(1).safeParse(given);
  if (names.success && new Set(names.data).size === names.data.length) return names.data;
  report({
    setting: list,
    place: `${place}, sinks`,
    problem: "is not a JSON array of names of sinks, each named once",
    fix: `Write "sinks": ["event-hub"] with names that SINKS gives, or leave it out: the feed then goes to all sinks.`,
  });
  return undefined;
}

/** Settings are texts; a list says the same with JSON values. Null and an empty text mean: not set, not even by default. */
function entryText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function keyOf(setting: SettingName): string | undefined {
  return Object.entries(KEYS).find(([, name]) => name === setting)?.[0];
}

/** True when the value is wrong. */
function reportWrongValue(
  input: FeedEntryInput,
  place: string,
  key: string,
  setting: SettingName,
  text: string,
): boolean {
  const complaint = complaintAbout(setting, text, `"${key}"`);
  if (complaint === undefined) return false;
  const shown = input.display(text);
  const value = shown === undefined ? {} : { value: shown };
  input.report({ setting: input.list, place: `${place}, ${key}`, ...complaint, ...value });
  return true;
}

function reportUnknownKey(input: FeedEntryInput, place: string, key: string): void {
  const meant = closest(key, feedEntryKeys);
  const shown = input.display(key);
  input.report({
    setting: input.list,
    place,
    problem: shown === undefined ? "has an unknown key" : `has an unknown key ${JSON.stringify(shown)}`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}Accepted keys: ${feedEntryKeys.join(", ")}.`,
  });
}
