// Timer schedules: NCRONTAB text as the Functions timer trigger reads it.
// Rules follow the NCrontab library (atifaziz/NCrontab, CrontabFieldImpl and CrontabField) that the host uses. Stricter
// in three places where the library silently does something unexpected: reversed ranges (it swaps them), steps longer
// than the field (they fire once), and names shorter than three letters (it takes the first that fits).

export const DEFAULT_SCHEDULE = "0 0 * * * *";

export type ParsedSchedule =
  | { readonly kind: "valid"; readonly schedule: string }
  | { readonly kind: "invalid"; readonly problem: string };

/**
 * The schedule to register the timer with. Never throws: a wrong one gives the default, because an error while the app
 * loads would take every function down. The run then fails with the full list of problems.
 */
export function scheduleOrDefault(environment: Readonly<Record<string, string | undefined>>): string {
  const parsed = parseSchedule((environment["POLL_SCHEDULE"] ?? "").trim());
  return parsed.kind === "valid" ? parsed.schedule : DEFAULT_SCHEDULE;
}

/** Accepts six fields (second first) or five (minute first). The problem completes the sentence "SETTING ...". */
export function parseSchedule(text: string): ParsedSchedule {
  const tokens = text.split(/[ \t]+/).filter((token) => token !== "");
  if (tokens.length !== 5 && tokens.length !== 6) return { kind: "invalid", problem: wrongCount(text, tokens.length) };
  const fields = tokens.length === 6 ? FIELDS : FIELDS.slice(1);
  const sets: Partial<Record<FieldName, ReadonlySet<number>>> = {};
  for (const [index, field] of fields.entries()) {
    const values = readField(field, tokens[index] ?? "");
    if (typeof values === "string") return { kind: "invalid", problem: values };
    sets[field.name] = values;
  }
  if (!dayEverComes(sets.day, sets.month))
    return { kind: "invalid", problem: "names a day that its months never have" };
  return { kind: "valid", schedule: tokens.join(" ") };
}

/** The time between two runs of a right schedule, in milliseconds; where it is uneven, the mean. */
export function meanPeriodMs(schedule: string): number {
  const tokens = schedule.split(/[ \t]+/);
  const fields = tokens.length === 6 ? FIELDS : FIELDS.slice(1);
  const shareOfFields = fields.map((field, index) => {
    const values = readField(field, tokens[index] ?? "");
    return typeof values === "string" ? 1 : (field.max - field.min + 1) / values.size;
  });
  const everyMs = tokens.length === 6 ? 1000 : 60_000;
  return shareOfFields.reduce((ms, share) => ms * share, everyMs);
}

type FieldName = "second" | "minute" | "hour" | "day" | "month" | "weekday";

interface Field {
  readonly name: FieldName;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = "january february march april may june july august september october november december".split(" ");
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const FIELDS: readonly Field[] = [
  { name: "second", min: 0, max: 59 },
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "weekday", min: 0, max: 6, names: WEEKDAYS },
];

/** The values a field stands for, or what is wrong with it. */
function readField(field: Field, token: string): ReadonlySet<number> | string {
  const values = new Set<number>();
  for (const item of token.split(",")) {
    const range = readItem(field, item);
    if (range === undefined) return `has a wrong ${field.name} field: ${allowed(field)}`;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return values;
}

const ITEM = /^(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:\/(\d{1,2}))?$/;

/** One item of a list: `*`, `5`, `1-5`, each with an optional step; a step after one value runs to the field's end. */
function readItem(field: Field, item: string): { from: number; to: number; step: number } | undefined {
  const match = ITEM.exec(item);
  if (match === null) return undefined;
  const [, star, first, last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > field.max - field.min + 1) return undefined;
  if (star !== undefined) return { from: field.min, to: field.max, step };
  const from = readValue(field, first ?? "");
  const single = stepText === undefined ? from : field.max;
  const to = last === undefined ? single : readValue(field, last);
  return from === undefined || to === undefined || from > to ? undefined : { from, to, step };
}

function readValue(field: Field, text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) {
    const value = Number(text);
    return value >= field.min && value <= field.max ? value : undefined;
  }
  const index = text.length < 3 ? -1 : (field.names ?? []).findIndex((name) => name.startsWith(text.toLowerCase()));
  return index < 0 ? undefined : index + field.min;
}

/** The host looks for the next occurrence for ever when there is none. */
function dayEverComes(days: ReadonlySet<number> = new Set(), months: ReadonlySet<number> = new Set()): boolean {
  return [...months].some((month) => [...days].some((day) => day <= (LONGEST_MONTHS[month - 1] ?? 0)));
}

function allowed(field: Field): string {
  const names =
    field.names === undefined ? "" : " or names such as " + (field.names[1] ?? "").slice(0, 3).toUpperCase();
  return `use *, or numbers from ${field.min} to ${field.max}${names}, with ranges (a-b), lists (a,b) and steps (*/a)`;
}

function wrongCount(text: string, count: number): string {
  if (/^\d+[.:]\d+/.test(text)) return "is a time span, which only App Service plans understand";
  if (/^%.*%$/.test(text)) return "names another setting; the schedule itself belongs here";
  return `has ${count} ${count === 1 ? "field" : "fields"} instead of six (second minute hour day month weekday)`;
}
