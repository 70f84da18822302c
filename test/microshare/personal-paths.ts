// The personal fields as SECURITY.md lists them, and an independent way to take them out of parsed JSON.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Paths from the outermost object of a body; lists on the way are looked into. */
export const PERSONAL: readonly string[] = listed();

function listed(): readonly string[] {
  const text = readFileSync(fileURLToPath(new URL("../../SECURITY.md", import.meta.url)), "utf8");
  const [, section = ""] = /## Personal data\n([\s\S]*?)\n## /.exec(text) ?? [];
  const rows = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
  const paths = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path));
  if (paths.length < 10) throw new Error("SECURITY.md lists no personal fields");
  return paths.map((path) => path.replaceAll("[]", ""));
}

/** Changes nothing in place. */
export function parsedWithout(value: unknown, at = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? one : parsedWithout(one, at)));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !PERSONAL.includes(at + name));
  return Object.fromEntries(kept.map(([name, member]) => [name, parsedWithout(member, `${at}${name}.`)]));
}
