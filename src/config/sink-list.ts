// The sinks of the settings: the one event hub of the plain settings, or several from SINKS.
import { z } from "zod";
import { formatFix } from "./check-text.ts";
import { readEventHub } from "./event-hub-settings.ts";
import { oneOf, parsedBy } from "./formats.ts";
import { parseJson } from "./json-formats.ts";
import { closest } from "./near-miss.ts";
import type { SettingProblem } from "./problems.ts";
import type { Display } from "./safe-display.ts";
import { settingReader, type SettingReader } from "./setting-reader.ts";
import type { SettingName } from "./settings-table.ts";
import { type AnySinkKey, type SinkEntry, sinkEntry, type SinkKey } from "./sink-entry.ts";
import { eventHubKeys, readEventHubSink } from "./sink-event-hub.ts";
import { hubsPerTypeKeys, readHubsPerTypeSink } from "./sink-hubs-per-type.ts";
import { iotHubKeys, readIotHubSink } from "./sink-iot-hub.ts";
import { kafkaKeys, readKafkaSink } from "./sink-kafka.ts";
import { readServiceBusSink, serviceBusKeys } from "./sink-service-bus.ts";
import {
  AVAILABLE_FORMATS,
  AVAILABLE_KINDS,
  SINK_FORMATS,
  type SinkFormat,
  type SinkKind,
  type SinkSettings,
  type SinkStart,
  type SinkTarget,
} from "./sink-settings.ts";
import { EVENT_HUB_SINK as SINGLE_SINK } from "../pipeline/route-name.ts";
import { parseStartFrom } from "./start-from.ts";

/** Each has a connection, and every feed may go to all of them. */
const MOST_SINKS = 20;

export interface SinkListInput {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly valid: ReadonlyMap<SettingName, string>;
  readonly wrong: ReadonlySet<SettingName>;
  readonly display: Display;
  readonly report: (problem: SettingProblem) => void;
  /** Kinds that may be named. Default: those that there are sinks for. */
  readonly kinds?: readonly SinkKind[];
}

const formatKey: SinkKey<SinkFormat> = {
  key: "format",
  schema: oneOf(SINK_FORMATS.filter((format) => AVAILABLE_FORMATS.includes(format))),
  format: AVAILABLE_FORMATS.map((format) => `\`${format}\``).join(", "),
  example: "record",
  reason: "Form of the events. Default `record`: the record's own bytes.",
};

const startFromKey: SinkKey<SinkStart> = {
  key: "startFrom",
  schema: parsedBy<SinkStart>((text) => {
    if (text.toLowerCase() === "now") return { value: { kind: "now" } };
    const parsed = parseStartFrom(text);
    return parsed.kind === "valid" ? { value: parsed.startFrom } : { problem: parsed.problem };
  }),
  format: "`now`, an ISO 8601 time with its zone, or an ISO 8601 duration back from the first attempt",
  example: "now",
  reason:
    "Where a feed begins for this sink, when it has not gone there before. Without it where the feed itself begins.",
};

const feedsKey: SinkKey<"all" | "named"> = {
  key: "feeds",
  schema: oneOf(["all", "named"]),
  format: "`all` or `named`",
  example: "named",
  reason:
    "With `named` only feeds go there that name it under `sinks`: for the queue of the webhook. Default `all`: also feeds that name no sinks.",
};

/** For every kind, beside `name` and `kind`. */
export const commonSinkKeys: readonly AnySinkKey[] = [formatKey, startFromKey, feedsKey];

interface Kind {
  readonly keys: readonly AnySinkKey[];
  read(entry: SinkEntry, reader: SettingReader): SinkTarget | undefined;
}

export const sinkKinds: Readonly<Record<SinkKind, Kind>> = {
  "event-hub": {
    keys: eventHubKeys,
    read(entry, reader) {
      const settings = readEventHubSink(entry, reader);
      return settings && { kind: "event-hub", ...settings };
    },
  },
  "event-hubs-per-type": { keys: hubsPerTypeKeys, read: readHubsPerTypeSink },
  "service-bus": { keys: serviceBusKeys, read: readServiceBusSink },
  "iot-hub": { keys: iotHubKeys, read: readIotHubSink },
  kafka: { keys: kafkaKeys, read: readKafkaSink },
};

/** What an entry may name of the bridge's own settings. */
const NAMED_OWN = "EVENT_HUB_CONNECTION_STRING";
/** What describes the single hub, and nothing else. */
const SINGLE_HUB = [NAMED_OWN, "EVENT_HUB_NAMESPACE", "EVENT_HUB_NAME"] as const;

/** `undefined` when the sinks could not be made out; what is wrong was reported. */
export function readSinks(input: SinkListInput): readonly SinkSettings[] | undefined {
  const reader = settingReader(input.valid, input.wrong);
  if (!reader.isGiven("SINKS")) {
    const eventHub = readEventHub(reader, input.report);
    return eventHub && [{ name: SINGLE_SINK, format: "record", target: { kind: "event-hub", ...eventHub } }];
  }
  const entries = readEntries(input);
  reportSingleHub(input, reader, entries ?? []);
  if (entries === undefined) return undefined;
  const names = new Set<string>();
  const sinks = entries.map((entry, index) => readSink(input, reader, names, entry, index + 1));
  return sinks.every((sink) => sink !== undefined) ? sinks : undefined;
}

type Entry = Readonly<Record<string, unknown>>;

function readEntries({ valid, report }: SinkListInput): readonly Entry[] | undefined {
  const text = valid.get("SINKS");
  if (text === undefined) return undefined;
  const json = parseJson(text);
  const list = z.array(z.record(z.string(), z.unknown())).safeParse("problem" in json ? undefined : json.value);
  const count = list.data?.length ?? 0;
  if (list.success && count > 0 && count <= MOST_SINKS) return list.data;
  const notAList = "problem" in json ? json.problem : "is not a JSON array of objects";
  const wrongCount = count === 0 ? "lists no sink" : `lists ${count} sinks, more than ${MOST_SINKS}`;
  report({ setting: "SINKS", problem: list.success ? wrongCount : notAList, fix: formatFix("SINKS", "the list") });
  return undefined;
}

/** A hub that is set and that no sink goes to would be left behind in silence. */
function reportSingleHub({ report }: SinkListInput, reader: SettingReader, entries: readonly Entry[]): void {
  const named = entries.some((entry) => entry["connectionStringSetting"] === NAMED_OWN);
  const left = SINGLE_HUB.filter((name) => reader.isGiven(name) && !(named && name === NAMED_OWN));
  if (left.length === 0) return;
  const byKey = left.includes(NAMED_OWN);
  const access = byKey ? `"connectionStringSetting":"${NAMED_OWN}"` : `"namespace":"...","hub":"..."`;
  report({
    setting: "SINKS",
    problem: `is set together with ${left.join(", ")}, which ${left.length === 1 ? "describes" : "describe"} a single event hub`,
    fix:
      `Keep that hub as a sink: {"name":"${SINGLE_SINK}","kind":"event-hub",${access}} goes on where it stands` +
      `${byKey && left.length === 1 ? "" : ", and the other settings are then removed"}; or remove ${left.join(" and ")}.`,
  });
}

function readSink(
  input: SinkListInput,
  reader: SettingReader,
  names: Set<string>,
  entry: Entry,
  number: number,
): SinkSettings | undefined {
  let failed = false;
  const report = (problem: SettingProblem): void => {
    failed = true;
    input.report(problem);
  };
  const name = readName(entry, number, { ...input, report });
  const place = name === undefined || input.display(name) === undefined ? `sink ${number}` : `sink "${name}"`;
  if (name !== undefined) reportRepeatedName(names, name, place, report);
  const kind = readKind(entry, place, { ...input, report });
  if (kind === undefined) return undefined;
  const form = sinkKinds[kind];
  const own = sinkEntry({
    name: name ?? "",
    place,
    entry,
    keys: [...commonSinkKeys, ...form.keys],
    others: ["name", "kind"],
    environment: input.environment,
    ownSettings: [NAMED_OWN],
    display: input.display,
    report,
  });
  reportOtherName(entry, kind, name, place, report);
  const target = form.read(own, reader);
  const startFrom = own.value(startFromKey);
  const format = own.value(formatKey) ?? "record";
  const onlyNamed = own.value(feedsKey) === "named" ? ({ onlyNamed: true } as const) : {};
  if (failed || name === undefined || target === undefined) return undefined;
  return { name, format, ...(startFrom === undefined ? {} : { startFrom }), ...onlyNamed, target };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function readName(entry: Entry, number: number, { report }: SinkListInput): string | undefined {
  const name = entry["name"];
  if (typeof name === "string" && NAME.test(name)) return name;
  report({
    setting: "SINKS",
    place: `sink ${number}, name`,
    problem: name === undefined ? "is missing" : "is not a usable name",
    fix: "Give the sink a name of 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit. Progress is saved under it, so keep it for ever.",
  });
  return undefined;
}

function reportRepeatedName(
  names: Set<string>,
  name: string,
  place: string,
  report: (problem: SettingProblem) => void,
): void {
  if (names.has(name.toLowerCase())) {
    report({
      setting: "SINKS",
      place,
      problem: "has the name of an earlier sink",
      fix: "Give each sink a name of its own, different in more than case; a new sink gets a new name, a running one keeps its name.",
    });
  }
  names.add(name.toLowerCase());
}

function readKind(
  entry: Entry,
  place: string,
  { display, report, kinds = AVAILABLE_KINDS }: SinkListInput,
): SinkKind | undefined {
  const given = entry["kind"];
  const kind = kinds.find((one) => one === given);
  if (kind !== undefined) return kind;
  const text = typeof given === "string" ? given : "";
  const meant = closest(text, kinds);
  const shown = text === "" ? undefined : display(text);
  report({
    setting: "SINKS",
    place: `${place}, kind`,
    problem: given === undefined ? "is missing" : "is not one of the values it can have",
    ...(shown === undefined ? {} : { value: shown }),
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}Kinds of sinks: ${kinds.join(", ")}.`,
  });
  return undefined;
}

/** Progress goes with the name: the hub of the plain settings would be sent everything again under another one. */
function reportOtherName(
  entry: Entry,
  kind: SinkKind,
  name: string | undefined,
  place: string,
  report: (problem: SettingProblem) => void,
): void {
  const isSingle = kind === "event-hub" && entry["connectionStringSetting"] === NAMED_OWN;
  if (isSingle && name !== SINGLE_SINK) {
    report({
      setting: "SINKS",
      place,
      problem: `names ${NAMED_OWN}, whose progress is kept under the name "${SINGLE_SINK}"`,
      fix: `Name this sink "${SINGLE_SINK}"; for another hub, or to begin anew, use an app setting of another name.`,
    });
  }
  if (kind !== "event-hub" && name?.toLowerCase() === SINGLE_SINK) {
    report({
      setting: "SINKS",
      place,
      problem: `has the name "${SINGLE_SINK}", under which the progress of the single event hub is kept`,
      fix: "Give the sink another name.",
    });
  }
}
