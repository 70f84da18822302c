// Looks at delivered records for those that are worth a mail: outside of the pipeline's promises, bounded in time and size.
import type { RuleSettings } from "../../config/settings.ts";
import type { FeedRecord } from "../../pipeline/records.ts";
import type { RuleMatches } from "../notices/causes.ts";
import { matchOf } from "./compare.ts";
import type { JSONValue, RulePath } from "./rule-path.ts";

export interface CompiledRule {
  readonly settings: RuleSettings;
  readonly select: RulePath;
}

export interface RuleWatch {
  /** Called with what a route has delivered for the first time. Never throws for what a record holds. */
  onDelivered(route: { readonly name: string; readonly feed: string }, records: readonly FeedRecord[]): void;
  /** What came together. */
  result(): RuleResult;
}

export interface RuleResult {
  readonly matches: readonly RuleMatches[];
  /** Records that were not looked at: larger than the limit, too deep, or after the time for rules was over. */
  readonly passedOver: number;
}

/** Ordinary records have 2 KB. */
const LARGEST_RECORD_BYTES = 256 * 1024;
/** Of one record: more say nothing new. */
const MOST_VALUES = 1000;
const LONGEST_EXAMPLE = 500;
const LONGEST_VALUE = 100;

export interface RuleWatchOptions {
  readonly rules: readonly CompiledRule[];
  /** Routes whose deliveries count, one for each feed: a record that goes to several sinks is one record. */
  readonly routes: ReadonlySet<string>;
  readonly mostMs: number;
  readonly monotonicNow: () => number;
}

export function ruleWatch({ rules, routes, mostMs, monotonicNow }: RuleWatchOptions): RuleWatch {
  const found = new Map<CompiledRule, { matches: number; readonly example: string }>();
  let passedOver = 0;
  let spentMs = 0;

  function look(own: readonly CompiledRule[], feed: string, record: FeedRecord): void {
    const json = parsed(record);
    if (json === undefined) {
      passedOver += 1;
      return;
    }
    for (const rule of own) {
      const values = selected(rule, json.value);
      if (values === undefined) {
        passedOver += 1;
        return;
      }
      const match = matchOf(rule.settings, values);
      if (match === undefined) continue;
      const before = found.get(rule);
      if (before === undefined)
        found.set(rule, { matches: 1, example: filled(rule.settings, feed, record, match.value) });
      else before.matches += 1;
    }
  }

  return {
    onDelivered({ name, feed }, records) {
      if (!routes.has(name)) return;
      const own = rules.filter(({ settings }) => settings.feed === undefined || settings.feed === feed);
      if (own.length === 0) return;
      const began = monotonicNow();
      const endsAt = began + mostMs - spentMs;
      for (const [index, record] of records.entries()) {
        if (monotonicNow() >= endsAt) {
          passedOver += records.length - index;
          break;
        }
        look(own, feed, record);
      }
      spentMs += monotonicNow() - began;
    },
    result: () => ({
      matches: Array.from(found, ([{ settings }, { matches, example }]) => ({
        rule: settings.name,
        matches,
        example,
        coolDownMs: settings.coolDownMs,
        to: settings.to,
      })),
      passedOver,
    }),
  };
}

const utf8 = new TextDecoder();

function parsed({ body }: FeedRecord): { readonly value: JSONValue } | undefined {
  if (body.byteLength > LARGEST_RECORD_BYTES) return undefined;
  try {
    const value: JSONValue = JSON.parse(utf8.decode(body));
    return { value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** `undefined` when the record is too deep for the path. */
function selected({ select }: CompiledRule, record: JSONValue): readonly JSONValue[] | undefined {
  try {
    return select(record, MOST_VALUES);
  } catch (error) {
    if (error instanceof Error && error.name === "JSONPathRecursionLimitError") return undefined;
    throw error;
  }
}

function filled(
  { name, threshold, template }: RuleSettings,
  feed: string,
  { device, time }: FeedRecord,
  value: JSONValue | undefined,
): string {
  const texts: Readonly<Record<string, string>> = {
    rule: name,
    feed,
    device,
    time: new Date(time).toISOString(),
    value: shown(value),
    threshold: shown(threshold),
  };
  const text = template.replaceAll(/\{(\w+)\}/g, (whole, placeholder: string) => texts[placeholder] ?? whole);
  return text.slice(0, LONGEST_EXAMPLE).toWellFormed();
}

function shown(value: JSONValue | undefined): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.slice(0, 2 * LONGEST_VALUE).replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ");
  return line.length <= LONGEST_VALUE ? line : `${line.slice(0, LONGEST_VALUE)}...`;
}
