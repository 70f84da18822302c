// One entry of SINKS: what stands under its keys, checked, with every problem told at its place.
import { z } from "zod";
import { complaintAgainst, formatFixOf, type Checked } from "./check-text.ts";
import { isSecretKey, looksLikeASecret, SETTING_NAME, texts } from "./inline-secrets.ts";
import { closest } from "./near-miss.ts";
import type { SettingProblem } from "./problems.ts";
import type { Display } from "./safe-display.ts";
import { isSettingName } from "./settings-table.ts";

/** A key of an entry: its value, written as text or JSON, goes through the schema. */
export interface SinkKey<Value = unknown> extends Omit<Checked, "secret"> {
  readonly key: string;
  readonly schema: z.ZodType<Value, string>;
  /** What it is for, for the documentation. */
  readonly reason: string;
}

/** A key that names one app setting (or several, in an array) and what must be in it. */
export interface SecretKey<Value = unknown> {
  readonly key: string;
  readonly content: Omit<Checked, "secret"> & { readonly schema: z.ZodType<Value, string> };
  readonly several: boolean;
  readonly reason: string;
}

export type AnySinkKey = SinkKey | SecretKey;

/** What an app setting that is named by an entry holds. */
export interface NamedValue<Value> {
  readonly setting: string;
  readonly value: Value;
}

export interface SinkEntry {
  readonly name: string;
  /** What problems call it: `sink "test"`. */
  readonly place: string;
  /** `undefined` when it is not given, or wrong and reported. */
  value<Value>(key: SinkKey<Value>): Value | undefined;
  /** The same of a key that names one app setting. */
  named<Value>(key: SecretKey<Value>): NamedValue<Value> | undefined;
  namedAll<Value>(key: SecretKey<Value>): readonly NamedValue<Value>[];
  /** Given, right or wrong. */
  isGiven(key: AnySinkKey): boolean;
  tell(key: AnySinkKey | undefined, problem: string, fix: string): void;
}

export interface SinkEntryInput {
  readonly name: string;
  readonly place: string;
  readonly entry: Readonly<Record<string, unknown>>;
  /** That this kind of sink takes, beside those of every sink. */
  readonly keys: readonly AnySinkKey[];
  /** Keys that are read elsewhere. */
  readonly others: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings of the bridge that a sink may name. */
  readonly ownSettings: readonly string[];
  readonly display: Display;
  readonly report: (problem: SettingProblem) => void;
}

/** Reports unknown keys, secrets that stand in the JSON, and values of a wrong form. */
export function sinkEntry(input: SinkEntryInput): SinkEntry {
  const { name, place, entry, keys, others, display, report } = input;
  const at = (key: string | undefined) => ({
    setting: "SINKS",
    place: key === undefined ? place : `${place}, ${key}`,
  });
  const right = new Map<string, string>();
  const given = new Set<string>();
  for (const [key, value] of Object.entries(entry)) {
    if (value === null || value === undefined || value === "") continue;
    if (holdsASecret(key, value)) {
      given.add(key);
      report({ ...at(isShowable(key, display) ? key : undefined), ...INLINE_SECRET });
      continue;
    }
    const known = keys.find((one) => one.key === key);
    if (known === undefined) {
      if (!others.includes(key)) report({ ...at(undefined), ...unknownKey(key, input) });
      continue;
    }
    given.add(key);
    const text = typeof value === "string" ? value.trim() : JSON.stringify(value);
    const complaint = "schema" in known ? complaintAgainst(known, text, `"${key}"`) : undefined;
    if (complaint === undefined) right.set(key, text);
    else {
      const shown = display(text);
      report({ ...at(key), ...complaint, ...(shown === undefined ? {} : { value: shown }) });
    }
  }

  function namedAll<Value>(key: SecretKey<Value>): readonly NamedValue<Value>[] {
    const text = right.get(key.key);
    if (text === undefined) return [];
    const names = namesIn(text, key.several);
    if (names === undefined) {
      report({ ...at(key.key), ...notAName(key) });
      return [];
    }
    return names.flatMap((setting) => {
      const found = contentOf(setting, key, input);
      if (found.kind === "content") return [{ setting, value: found.value }];
      report(found.kind === "wrong" ? found.problem : { ...at(key.key), ...found.problem });
      return [];
    });
  }

  return {
    name,
    place,
    value(key) {
      const text = right.get(key.key);
      return text === undefined ? undefined : z.parse(key.schema, text);
    },
    named: (key) => namedAll(key)[0],
    namedAll,
    isGiven: ({ key }) => given.has(key),
    tell: (key, problem, fix) => report({ ...at(key?.key), problem, fix }),
  };
}

function holdsASecret(key: string, value: unknown): boolean {
  return (
    isSecretKey(key) || [...texts(key, value)].some(([inner, text]) => isSecretKey(inner) || looksLikeASecret(text))
  );
}

function isShowable(key: string, display: Display): boolean {
  return /^\w{1,40}$/.test(key) && (isSecretKey(key) || display(key) !== undefined);
}

const INLINE_SECRET = {
  problem: "holds a secret, or something that looks like one, and SINKS is no place for secrets",
  fix:
    "Store it in an app setting of its own (in Azure best as a Key Vault reference, which must be a whole setting), and name " +
    `that setting here: "connectionStringSetting": "HUB_B". If it was the secret itself, consider it known and renew it.`,
};

function unknownKey(key: string, { keys, others, display }: SinkEntryInput): { problem: string; fix: string } {
  const accepted = [...others, ...keys.map((one) => one.key)];
  const meant = closest(key, accepted);
  const shown = display(key);
  return {
    problem: shown === undefined ? "has an unknown key" : `has an unknown key ${JSON.stringify(shown)}`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}Accepted keys: ${accepted.join(", ")}.`,
  };
}

function namesIn(text: string, several: boolean): readonly string[] | undefined {
  if (!several) return SETTING_NAME.test(text) ? [text] : undefined;
  try {
    const list = z.array(z.string().regex(SETTING_NAME)).min(1).safeParse(JSON.parse(text));
    return list.success && new Set(list.data).size === list.data.length ? list.data : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function notAName({ key, several }: SecretKey): { problem: string; fix: string } {
  return several
    ? {
        problem: "is not a JSON array of names of app settings, each named once",
        fix: `Write "${key}": ["DEVICE_A","DEVICE_B"], and store the values in app settings of these names.`,
      }
    : {
        problem: "is not the name of an app setting",
        fix: `Name an app setting in letters, digits and underscores, such as "${key}": "HUB_B", and store the value there.`,
      };
}

type Content<Value> =
  | { readonly kind: "content"; readonly value: Value }
  /** The setting itself has a problem. */
  | { readonly kind: "wrong"; readonly problem: SettingProblem }
  | { readonly kind: "unusable"; readonly problem: Pick<SettingProblem, "problem" | "fix"> };

function unusable(problem: string, fix: string) {
  return { kind: "unusable", problem: { problem, fix } } as const;
}

function contentOf<Value>(
  setting: string,
  { content }: SecretKey<Value>,
  { environment, ownSettings, place }: SinkEntryInput,
): Content<Value> {
  if (isSettingName(setting) && !ownSettings.includes(setting)) {
    return unusable(
      `names ${setting}, a setting of the bridge that has another purpose`,
      "Store the value in an app setting of its own, and name that one.",
    );
  }
  const text = environment[setting] ?? "";
  if (text === "") return unusable(`names the app setting ${setting}, which is not set`, formatFixOf(content, setting));
  const complaint = complaintAgainst({ ...content, secret: true }, text, setting);
  if (complaint === undefined) return { kind: "content", value: z.parse(content.schema, text) };
  return { kind: "wrong", problem: { setting, place: `named by ${place}`, ...complaint } };
}
