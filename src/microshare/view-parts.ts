// The parts of a view: what one query is narrowed to, and the text by which progress is kept.
import type { FeedOptions } from "./feed-options.ts";

/** What a part is narrowed to; a name that is absent is not asked for by the part. */
export type ViewPart = { readonly [Name in PartName]?: string };

/** Placeholders that a part can fill, in the order in which parts are divided. */
export const PART_NAMES = ["loc1", "category", "metric"] as const;
export type PartName = (typeof PART_NAMES)[number];

/**
 * A location alone is its own text. Anything else names its pieces: `loc1=North Tower; metric=occupancy`, in a fixed
 * order, `%` and `;` inside them percent-encoded. Nothing at all is the empty text. Different parts have different texts.
 */
export function writePart(part: ViewPart): string {
  const given = PART_NAMES.filter((name) => part[name] !== undefined);
  const { loc1 } = part;
  if (given.length === 1 && loc1 !== undefined && loc1 !== "" && !COMPOUND.test(loc1)) return loc1;
  return given.map((name) => `${name}=${escaped(part[name] ?? "")}`).join("; ");
}

/** The inverse of `writePart`. */
export function readPart(text: string): ViewPart {
  if (text === "") return {};
  if (!COMPOUND.test(text)) return { loc1: text };
  const pieces = text.split("; ").map((piece): [string, string] => {
    const equals = piece.indexOf("=");
    return [piece.slice(0, equals), unescaped(piece.slice(equals + 1))];
  });
  return Object.fromEntries(pieces);
}

const COMPOUND = new RegExp(`^(?:${PART_NAMES.join("|")})=`);

function escaped(text: string): string {
  return text.replace(/[%;]/g, (character) => (character === "%" ? "%25" : "%3B"));
}

function unescaped(text: string): string {
  return text.replaceAll("%3B", ";").replaceAll("%25", "%");
}

/** The parts with each of `values` under that name; as they are where there are none. */
export function divided(parts: readonly ViewPart[], name: PartName, values: readonly string[]): readonly ViewPart[] {
  if (values.length === 0) return parts;
  return parts.flatMap((part) => values.map((value) => ({ ...part, [name]: value })));
}

/** What the feed lists under a name: categories and metrics; locations are found elsewhere. */
export function listedNames(feed: FeedOptions, name: Exclude<PartName, "loc1">): readonly string[] {
  return [...new Set(name === "category" ? feed.categories : feed.metrics)];
}
