// Finds names of app settings that are probably meant to be ours but are spelt differently: they would be ignored silently.
import { isSettingName, type SettingName, settingNames } from "./settings-table.ts";

/** Names that begin like ours; other names belong to other people. In letters that the names of app settings can have. */
const LIKE_OURS = /^(MICROSHARE|EVENT_?HUB)_?[\w.-]*$/i;

/** The setting that was probably meant, or undefined when the name is right, not ours, or like none of ours. */
export function meantSetting(name: string): SettingName | undefined {
  return LIKE_OURS.test(name) && !isSettingName(name) ? closest(name, settingNames) : undefined;
}

/** The candidate that was probably meant by a misspelt name. */
export function closest<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  const wanted = bare(name);
  const scored = candidates.map((candidate) => ({ candidate, score: unlikeness(wanted, bare(candidate)) }));
  const best = scored.toSorted((a, b) => a.score - b.score)[0];
  return best !== undefined && best.score <= MOST_EDITS ? best.candidate : undefined;
}

const MOST_EDITS = 2;
const LEAST_PREFIX = 4;
/** Longer names cannot be close to any of ours. */
const LONGEST_NAME = 64;

/** Without what people get wrong most: case, underscores, and the prefix that some settings have and some have not. */
function bare(name: string): string {
  const letters = name.slice(0, LONGEST_NAME).toLowerCase().replaceAll(/[_-]/g, "");
  return letters.replace(/^(microshare|eventhub)(?=.)/, "");
}

/** 0 for the same; 1 for a shortened name (USER for USERNAME); else the number of edits. */
function unlikeness(wanted: string, candidate: string): number {
  if (wanted === candidate) return 0;
  if (wanted.length >= LEAST_PREFIX && candidate.startsWith(wanted)) return 1;
  // Between short names two edits make anything out of anything.
  const edits = editDistance(wanted, candidate);
  return edits * 3 <= candidate.length ? edits : MOST_EDITS + 1;
}

/** Levenshtein. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
