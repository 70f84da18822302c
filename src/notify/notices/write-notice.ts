// The mail of a notice: what happened, since when, what to do, and where to look. Plain text; the outbox makes HTML of it.
import type { Instant } from "../../pipeline/records.ts";
import type { Notice, NoticeItem } from "./decide.ts";
import type { WaitingMail } from "./notice-state.ts";
import { CAUSE_WORDS, UNEXPECTED_FAILURES, type CauseWords } from "./words.ts";

/** Characters. Phones show some 40 of a subject, and the rest is in the text. */
const LONGEST_SUBJECT = 120;
/** The outbox takes 20,000. */
const LONGEST_TEXT = 15_000;
const LONGEST_MESSAGE = 2000;
const MOST_NAMED = 20;
const MOST_IN_DIGEST = 40;

/** @param redact the last net: no text of a notice is meant to hold a secret, or anything of a record but what a rule's template shows */
export function writeNotice(notice: Notice, redact: (text: string) => string): Omit<WaitingMail, "id"> {
  const subject = oneLine(notice.digest ? digestSubject(notice.items) : subjectOf(notice.items));
  const text = [...(notice.digest ? digestText(notice.items) : noticeText(notice.items)), "", CLOSING].join("\n");
  return {
    to: [...notice.to],
    subject: cut(redact(`Microshare bridge: ${subject}`), LONGEST_SUBJECT),
    text: cut(redact(text), LONGEST_TEXT),
  };
}

const CLOSING =
  "Sent by the Microshare bridge. NOTIFY_TO, NOTIFY_COOL_DOWN and the settings beside them say who gets these mails, and " +
  "how often (docs/notifications.md).";

function subjectOf(items: readonly NoticeItem[]): string {
  const [first] = items;
  if (first === undefined) return "";
  const words = CAUSE_WORDS[first.cause];
  const isOver = first.due === "over";
  const code = first.code === undefined || isOver || first.cause === "settings" ? "" : `: ${first.code}`;
  if (first.cause === "settings") return isOver ? words.over : words.begun;
  if (items.length === 1) return `${placeOf(first)} ${isOver ? words.over : words.begun}${code}`;
  return `${items.length} ${kindOf(first)}s ${isOver ? words.overAll : words.begunAll}${code}`;
}

function noticeText(items: readonly NoticeItem[]): readonly string[] {
  const [first] = items;
  if (first === undefined) return [];
  const words = CAUSE_WORDS[first.cause];
  if (first.cause === "rule") return [...items.flatMap(ruleText), ...whereToLook(first, words)];
  if (first.due === "over") {
    return [...items.slice(0, MOST_NAMED).map(overLine), ...andMore(items.length - MOST_NAMED)];
  }
  return [
    `${subjectOf(items)}.`,
    ...(words.meaning === "" ? [] : [words.meaning]),
    ...failureText(first),
    "",
    "Since",
    ...items.slice(0, MOST_NAMED).map((item) => `  ${sinceLine(item)}`),
    ...andMore(items.length - MOST_NAMED).map((line) => `  ${line}`),
    "",
    "What to do",
    `  ${fixOf(first)}`,
    ...whereToLook(first, words),
  ];
}

function failureText({ code, failure }: NoticeItem): readonly string[] {
  if (failure === undefined) return [];
  return ["", "What happened", `  ${code ?? failure.code}: ${cut(failure.message, LONGEST_MESSAGE)}`];
}

function fixOf({ cause, failure }: NoticeItem): string {
  return cut(failure?.fix ?? CAUSE_WORDS[cause].advice, LONGEST_MESSAGE);
}

function whereToLook({ code }: NoticeItem, { query, command }: CauseWords): readonly string[] {
  const { name, file } = code === "UNEXPECTED" ? UNEXPECTED_FAILURES : query;
  return [
    "",
    "Where to look",
    `  Query "${name}" (${file}) in the log workspace`,
    ...(command === undefined ? [] : [`  Command: ${command}`]),
  ];
}

function ruleText({ where, count, since, example }: NoticeItem): readonly string[] {
  const times = count === 1 ? "once" : `${count} times`;
  return [`Rule ${where} matched ${times} since ${timeText(since)}.`, "", "The first match", `  ${example ?? ""}`];
}

function sinceLine(item: NoticeItem): string {
  const { cause, count, since } = item;
  if (cause === "failing") return `${timeText(since)}  ${item.where} (${count} failures in a row)`;
  if (cause === "dead-letters") return `${timeText(since)}  ${item.where} (${count} dead letters)`;
  return item.where === "" ? timeText(since) : `${timeText(since)}  ${item.where}`;
}

function overLine(item: NoticeItem): string {
  const { cause, since, until = since, code } = item;
  const what = code === undefined ? "" : ` (${code})`;
  const span = `it began ${timeText(since)} and ended ${timeText(until)}${what}`;
  const words = CAUSE_WORDS[cause];
  return cause === "settings" ? `${words.over}: ${span}.` : `${placeOf(item)} ${words.over}: ${span}.`;
}

function digestSubject(items: readonly NoticeItem[]): string {
  const over = items.filter(({ due }) => due === "over").length;
  const open = items.length - over;
  const parts = [...(open > 0 ? [`${open} to look at`] : []), ...(over > 0 ? [`${over} over`] : [])];
  return `digest, ${parts.join(", ")}`;
}

const CHAPTERS = [
  ["begun", "New"],
  ["momentary", "Happened"],
  ["lasting", "Still so"],
  ["over", "Over"],
] as const;

function digestText(items: readonly NoticeItem[]): readonly string[] {
  return CHAPTERS.flatMap(([due, title]) => {
    const own = items.filter((item) => item.due === due);
    if (own.length === 0) return [];
    const shown = own.slice(0, MOST_IN_DIGEST).flatMap((item) => digestLines(item).map((line) => `  ${line}`));
    return [title, ...shown, ...andMore(own.length - MOST_IN_DIGEST).map((line) => `  ${line}`), ""];
  }).slice(0, -1);
}

function digestLines(item: NoticeItem): readonly string[] {
  if (item.due === "over") return [overLine(item)];
  if (item.cause === "rule")
    return [`Rule ${item.where}: ${item.count} matches since ${timeText(item.since)}. ${cut(item.example ?? "", 200)}`];
  const { query } = CAUSE_WORDS[item.cause];
  const count = item.cause === "failing" || item.cause === "dead-letters" ? `, ${item.count} times` : "";
  return [
    `${subjectOf([item])}, since ${timeText(item.since)}${count}`,
    `    ${cut(fixOf(item), 300)} (query: ${query.name})`,
  ];
}

function placeOf(item: NoticeItem): string {
  const kind = kindOf(item);
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${item.where}`;
}

function kindOf({ cause }: NoticeItem): "route" | "rule" {
  return cause === "rule" || cause === "rule-broken" ? "rule" : "route";
}

function andMore(more: number): readonly string[] {
  return more > 0 ? [`and ${more} more`] : [];
}

/** To the minute, in UTC, as the logs have it. */
function timeText(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Fit for a header: what would end the line, or turn it round, is a space. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

/** Never between the two halves of a character. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3).toWellFormed()}...`;
}
