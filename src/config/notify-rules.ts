// Reads NOTIFY_RULES. A rule that is wrong is left out and told of with every fault; it never makes the settings wrong.
import * as z from "zod";
import { isAllowedRecipient, mailAddress, type AllowedRecipients, type MailAddress } from "../mail-address.ts";
import { parseDuration } from "./durations.ts";
import { parseJson } from "./json-formats.ts";
import { closest } from "./near-miss.ts";
import { COMPARISONS, type NoticeSettings, type RuleSettings } from "./settings.ts";

export interface RuleSurroundings {
  /** Readers of a rule that names none. */
  readonly to: readonly MailAddress[];
  readonly coolDownMs: number;
  readonly allowed: AllowedRecipients;
  readonly feeds: readonly string[];
}

type Found = Pick<NoticeSettings, "rules" | "brokenRules">;

const MOST_RULES = 50;
const LONGEST_PATH = 200;
const LONGEST_TEMPLATE = 500;
const MOST_RECIPIENTS = 20;
const LEAST_COOL_DOWN_MS = 5 * 60_000;
const MOST_COOL_DOWN_MS = 30 * 24 * 60 * 60_000;
const EXAMPLE = `[{"name":"too hot","path":"$.data.temperature","comparison":">","threshold":30}]`;
/** Where the list itself is wrong. */
const WHOLE = "NOTIFY_RULES";

export const PLACEHOLDERS = ["rule", "feed", "value", "threshold", "device", "time"] as const;
const DEFAULT_TEMPLATE = "Feed {feed}: {value} at {device}, {time}";

/** @param text as set; undefined when it is not */
export function readRules(text: string | undefined, around: RuleSurroundings): Found {
  if (text === undefined) return { rules: [], brokenRules: [] };
  const json = parseJson(text);
  const list = z.array(z.unknown()).safeParse("problem" in json ? undefined : json.value);
  if (!list.success) return whole("problem" in json ? json.problem : "is not a JSON array");
  if (list.data.length > MOST_RULES) return whole(`lists ${list.data.length} rules, more than ${MOST_RULES}`);
  const names = new Set<string>();
  const rules: RuleSettings[] = [];
  const brokenRules: Found["brokenRules"][number][] = [];
  for (const [index, entry] of list.data.entries()) {
    const read = schemaFor(around, names).safeParse(entry);
    const name = nameOf(entry) ?? `number ${index + 1}`;
    const faults = [...(read.error?.issues ?? []).map(faultOf), ...faultsBetween(entry, around)];
    if (read.success && faults.length === 0) rules.push(read.data);
    else brokenRules.push({ rule: name, problem: `cannot be used: ${faults.join("; ")}`, fix: FIX });
    names.add(name.toLowerCase());
  }
  return { rules, brokenRules };
}

function whole(problem: string): Found {
  return { rules: [], brokenRules: [{ rule: WHOLE, problem, fix: `Write a list of rules, for example ${EXAMPLE}.` }] };
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

function nameOf(entry: unknown): string | undefined {
  const named = z.object({ name: z.string().regex(NAME) }).safeParse(entry);
  return named.data?.name;
}

const FIX = "Correct the rule in NOTIFY_RULES (docs/notifications.md has every key); until then it is left out.";

/** Never what was written. */
function faultOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")} ${message}`;
}

function schemaFor(around: RuleSurroundings, names: ReadonlySet<string>): z.ZodType<RuleSettings> {
  const name = z
    .string("is missing")
    .regex(NAME, "is not a name of 1 to 64 letters, digits, spaces, dots, hyphens and underscores")
    .refine((text) => !names.has(text.toLowerCase()), "is the name of an earlier rule");
  const feed = z.string("is not a text").superRefine((text, context) => {
    if (around.feeds.includes(text)) return;
    const meant = closest(text, around.feeds);
    context.addIssue(`names no feed${meant === undefined ? "" : ` (did you mean ${meant}?)`}`);
  });
  const path = z
    .string("is missing")
    .max(LONGEST_PATH, `is longer than ${LONGEST_PATH} characters`)
    .startsWith("$", "does not begin with $");
  const coolDown = z.string("is not a text").transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed.kind === "valid" && parsed.ms >= LEAST_COOL_DOWN_MS && parsed.ms <= MOST_COOL_DOWN_MS) return parsed.ms;
    context.addIssue("is not an ISO 8601 duration, PT5M to P30D");
    return z.NEVER;
  });
  const rule = z.strictObject(
    {
      name,
      feed: feed.optional(),
      path,
      comparison: z.enum(COMPARISONS, `is not one of ${COMPARISONS.join(" ")}`),
      threshold: z
        .union([z.string().max(200), z.number(), z.boolean(), z.null()], "is no text, number, true, false or null")
        .optional(),
      coolDown: coolDown.default(around.coolDownMs),
      to: z
        .array(recipientOf(around.allowed), "is not a list of addresses")
        .max(MOST_RECIPIENTS)
        .default([...around.to]),
      template: template.default(DEFAULT_TEMPLATE),
    },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys" ? `has keys that no rule has: ${issue.keys.length}` : "is not an object",
    },
  );
  return rule.transform(({ coolDown: coolDownMs, feed: ofFeed, threshold, ...rest }) => ({
    ...rest,
    coolDownMs,
    ...(ofFeed === undefined ? {} : { feed: ofFeed }),
    ...(threshold === undefined ? {} : { threshold }),
  }));
}

/** Faults between keys, which are looked for whatever else is wrong with each of them. */
function faultsBetween(entry: unknown, { to }: RuleSurroundings): readonly string[] {
  const fields = z.record(z.string(), z.unknown()).safeParse(entry).data ?? {};
  const { comparison, threshold } = fields;
  const known = COMPARISONS.find((one) => one === comparison);
  const faults: string[] = [];
  if (known === "exists" || known === "absent") {
    if (threshold !== undefined) faults.push(`threshold is set, and ${known} has none`);
  } else if (known !== undefined && threshold === undefined) faults.push("threshold is missing");
  else if (known !== undefined && /[<>]/.test(known) && !["number", "string"].includes(typeof threshold))
    faults.push(`threshold is neither a number nor a text, and ${known} compares only these`);
  const readers = fields["to"] ?? to;
  if (Array.isArray(readers) && readers.length === 0) faults.push("to is missing, and NOTIFY_TO is not set");
  return faults;
}

function recipientOf(allowed: AllowedRecipients): z.ZodType<MailAddress> {
  return z.string("is not a text").transform((text, context) => {
    const address = mailAddress(text.trim());
    if (address !== undefined && isAllowedRecipient(allowed, address)) return address;
    context.addIssue(
      address === undefined ? "is not an e-mail address" : "is not allowed by NOTIFY_ALLOWED_RECIPIENTS",
    );
    return z.NEVER;
  });
}

const template = z
  .string("is not a text")
  .min(1, "is empty")
  .max(LONGEST_TEMPLATE, `is longer than ${LONGEST_TEMPLATE} characters`)
  .superRefine((text, context) => {
    const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].filter(([, name]) => !PLACEHOLDERS.some((one) => one === name));
    if (unknown.length > 0) {
      context.addIssue(
        `has ${unknown.length} placeholders that there are not; these are ${PLACEHOLDERS.map((one) => `{${one}}`).join(" ")}`,
      );
    }
  });
