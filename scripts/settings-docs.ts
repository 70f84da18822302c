// npm run settings:docs: writes the settings table into README.md, and local.settings.example.json. With --check it only compares.
import { readFile, writeFile } from "node:fs/promises";
import { feedEntryKeys, settingOfKey } from "../src/config/feed-entry.ts";
import { commonSinkKeys, sinkKinds } from "../src/config/sink-list.ts";
import type { AnySinkKey } from "../src/config/sink-entry.ts";
import { AVAILABLE_KINDS } from "../src/config/sink-settings.ts";
import type { Setting, SettingGroup } from "../src/config/setting.ts";
import { isSettingName, settingNames, settingsTable } from "../src/config/settings-table.ts";

const ROOT = new URL("../", import.meta.url);
const BEGIN = "<!-- settings:begin -->";
const END = "<!-- settings:end -->";

const NAME_FORM = "1 to 64 letters, digits, dots, hyphens and underscores";

const OWN_OF_FEEDS: Readonly<Record<string, string>> = {
  name: NAME_FORM,
  sinks: "names of the sinks it goes to, from `SINKS`; without it all of them",
};

if (import.meta.main) process.exitCode = await run(process.argv.includes("--check"));

async function run(checkOnly: boolean): Promise<number> {
  const stale: string[] = [];
  for (const file of await expectedFiles()) {
    if (file.present === file.expected) continue;
    stale.push(file.name);
    if (!checkOnly) await writeFile(new URL(file.name, ROOT), file.expected);
  }
  if (stale.length === 0)
    process.stdout.write("The settings in README.md and local.settings.example.json are up to date.\n");
  else if (checkOnly)
    process.stderr.write(`Not as the settings table says: ${stale.join(", ")}. Run: npm run settings:docs\n`);
  else process.stdout.write(`Written: ${stale.join(", ")}\n`);
  return checkOnly && stale.length > 0 ? 1 : 0;
}

/** Both files as they are and as the settings table wants them. */
export async function expectedFiles(): Promise<readonly { name: string; present: string; expected: string }[]> {
  const readme = await readFile(new URL("README.md", ROOT), "utf8");
  const example = await readFile(new URL("local.settings.example.json", ROOT), "utf8").catch(() => "");
  return [
    { name: "README.md", present: readme, expected: withSettings(readme) },
    { name: "local.settings.example.json", present: example, expected: renderExampleFile() },
  ];
}

/** The README with its part between the markers made anew. Throws when a marker is missing. */
export function withSettings(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md needs the lines ${BEGIN} and ${END}.`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${renderSettings()}\n${readme.slice(end)}`;
}

/** The whole table as Markdown: one table per group, and one for the entries of FEEDS. */
export function renderSettings(): string {
  const groups = new Map<SettingGroup, string[][]>();
  for (const name of settingNames) {
    const setting: Setting = settingsTable[name];
    const rows = groups.get(setting.group) ?? [];
    rows.push([code(name), defaultOf(setting), formatOf(setting), withNames(setting.reason)]);
    groups.set(setting.group, rows);
  }
  const parts = [...groups].map(
    ([group, rows]) => `### ${group}\n\n${table(["Setting", "Default", "Value", "What for"], rows)}`,
  );
  return [...parts, renderFeedEntries(), renderSinkEntries()].join("\n");
}

function renderFeedEntries(): string {
  const rows = feedEntryKeys.map((key) => {
    const setting = settingOfKey(key);
    return [code(key), setting === undefined ? (OWN_OF_FEEDS[key] ?? "") : `as ${code(setting)}`];
  });
  return (
    "### An entry of FEEDS\n\n" +
    "Only `name` must be there. It is unique and never changes: progress is saved under it. " +
    "Lists and objects are written as JSON, not as text. " +
    'What an entry leaves out comes from the settings under "How it is read", then from the defaults; `""` or `null` goes straight to the default.\n\n' +
    table(["Key", "Value"], rows)
  );
}

function renderSinkEntries(): string {
  const rowOf = (key: AnySinkKey): string[] => {
    const secret = "content" in key;
    const several = secret && key.several ? "a JSON array of names of app settings, each with " : "";
    const format = secret
      ? `${several === "" ? "the name of an app setting with " : several}${key.content.format}`
      : key.format;
    return [code(key.key), withNames(format), withNames(key.reason)];
  };
  const common = [
    [code("name"), NAME_FORM, "Progress is saved under it: it never changes."],
    [code("kind"), AVAILABLE_KINDS.map(code).join(", "), "What it is."],
    ...commonSinkKeys.map(rowOf),
  ];
  const columns = ["Key", "Value", "What for"];
  const kinds = AVAILABLE_KINDS.map(
    (kind) => `Of the kind ${code(kind)}:\n\n${table(columns, sinkKinds[kind].keys.map(rowOf))}`,
  );
  return (
    "### An entry of SINKS\n\n" +
    "`name` and `kind` must be there. No secret stands in it: a key that ends in `Setting` names another app setting, which holds the secret as a whole " +
    "(in Azure best a Key Vault reference).\n\n" +
    [table(columns, common), ...kinds].join("\n")
  );
}

/** A start for local.settings.json: storage in Azurite, placeholders for what only the operator knows. */
export function renderExampleFile(): string {
  const own = settingNames.flatMap((name) => {
    const setting: Setting = settingsTable[name];
    return setting.localExample === undefined ? [] : [[name, setting.localExample] as const];
  });
  const values = Object.fromEntries([["FUNCTIONS_WORKER_RUNTIME", "node"] as const, ...own]);
  return `${JSON.stringify({ IsEncrypted: false, Values: values }, undefined, 2)}\n`;
}

function defaultOf(setting: Setting): string {
  return setting.default === undefined ? "" : code(setting.default);
}

function formatOf(setting: Setting): string {
  const secret = setting.secret === true ? "**secret**; " : "";
  // A list of the possible words, or a default, is example enough.
  const obvious = setting.default !== undefined || setting.secret === true || setting.format.includes("`");
  return `${secret}${withNames(setting.format)}${obvious ? "" : `; e.g. ${code(setting.example)}`}`;
}

/** Marks names of settings as code. */
function withNames(text: string): string {
  return text.replaceAll(/`[^`]*`|(\w+)(?:=\w+)?/g, (all, word = "") => (isSettingName(word) ? code(all) : all));
}

/** Columns are padded as the formatter does it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", String.raw`\|`)));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], filler: string) =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width, filler)).join(" | ")} |\n`;
  const [first = [], ...rest] = cells;
  return [line(first, " "), line([], "-"), ...rest.map((row) => line(row, " "))].join("");
}

function code(text: string): string {
  return `\`${text}\``;
}
