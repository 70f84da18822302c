// Looks for secrets in everything that has left a process; each may stand in its allowed places and nowhere else.
import { formsOf } from "./forms.ts";
import { createMatcher } from "./matcher.ts";
import { readingsOf } from "./readings.ts";

/** Something that left: by which channel, where in it, and what. */
export interface Outgoing {
  /** `log`, `error`, `state`, `Microshare login`, `hub` ... */
  readonly channel: string;
  /** Inside the channel: `body`, `target`, `header authorization` ... */
  readonly place: string;
  readonly content: string | Uint8Array;
}

export interface Secret {
  /** For messages: never the value. */
  readonly name: string;
  readonly value: string;
  /** Where it has to go, as it is its purpose. Default: nowhere. */
  readonly allowed?: readonly Pick<Outgoing, "channel" | "place">[];
}

export interface Leak extends Pick<Outgoing, "channel" | "place"> {
  readonly secret: string;
  readonly form: string;
  /** What stands around it. */
  readonly excerpt: string;
}

/** One leak for each secret, place and form; of several readings that show it, the plainest. */
export function leaksIn(outgoing: readonly Outgoing[], secrets: readonly Secret[]): readonly Leak[] {
  const find = createMatcher(secrets.flatMap((secret) => formsOf(secret.value).map((form) => ({ ...form, secret }))));
  return [...placesOf(outgoing)].flatMap(({ channel, place, readings }) => {
    const leaks = new Map<string, Leak>();
    for (const { name: reading, bytes } of readings) {
      find(bytes, ({ name: form, secret: { name, allowed = [] }, bytes: { length } }, at) => {
        const key = `${name}\n${form}`;
        if (leaks.has(key) || allowed.some((one) => one.channel === channel && one.place === place)) return;
        const excerpt = bytes.toString("utf8", Math.max(0, at - 150), at + length + 40);
        leaks.set(key, { secret: name, form: [form, reading].filter(Boolean).join(", "), channel, place, excerpt });
      });
    }
    return [...leaks.values()];
  });
}

/** Together what stands in the same place; large parts apart, which are read less thoroughly. */
function* placesOf(outgoing: readonly Outgoing[]) {
  const isLarge = ({ content }: Outgoing): boolean => content.length > LARGE_PART;
  for (const parts of Map.groupBy(outgoing, (one) => `${one.channel}\n${one.place}\n${isLarge(one)}`).values()) {
    const [first] = parts;
    if (first === undefined) continue;
    const bytes = Buffer.concat(parts.flatMap(({ content }) => [Buffer.from(content), SEPARATOR]));
    yield { channel: first.channel, place: first.place, readings: readingsOf(bytes, isLarge(first) ? 1 : 2) };
  }
}

/** Bytes or characters: log lines, errors, rows and headers are below, whole pages of records above. */
const LARGE_PART = 65_536;

/** Between two parts, so that nothing is found that neither of them holds. */
const SEPARATOR = Buffer.from("\n\0\n");

/** Throws with every leak. */
export function noLeaksIn(outgoing: readonly Outgoing[], secrets: readonly Secret[]): void {
  const leaks = leaksIn(outgoing, secrets);
  if (leaks.length === 0) return;
  const lines = leaks.map(
    ({ secret, form, channel, place, excerpt }) => `${secret} (${form}) in ${channel}, ${place}: ...${excerpt}...`,
  );
  throw new Error(`secrets have left the bridge:\n${lines.join("\n")}`);
}
