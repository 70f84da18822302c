// Reads docs/queries: each file is one query, with its title, its chart and what it is for in the comment at its top.
import { readFile, readdir } from "node:fs/promises";

export const QUERIES = new URL("../docs/queries/", import.meta.url);

/** `none` for a query that does not run on the workspace. */
export type Chart = "table" | "timechart" | "none";

export interface Query {
  readonly file: string;
  readonly title: string;
  readonly chart: Chart;
  /** The sentences behind `Shows:`, `Read:` and `Do:`. */
  readonly shows: string;
  readonly read: string;
  readonly next: string;
  /** Without the comment. */
  readonly text: string;
}

/** In the order of the README, which is the order of the workbook. */
export async function readQueries(folder = QUERIES): Promise<readonly Query[]> {
  const readme = await readFile(new URL("README.md", folder), "utf8");
  const listed = [...readme.matchAll(/^\| \[([\w-]+\.kql)\]/gm)].map(([, file = ""]) => file);
  const present = (await readdir(folder)).filter((file) => file.endsWith(".kql"));
  const missing = [
    ...listed.filter((file) => !present.includes(file)),
    ...present.filter((file) => !listed.includes(file)),
  ];
  if (missing.length > 0) throw new Error(`docs/queries/README.md and its folder differ: ${missing.join(", ")}`);
  return Promise.all(listed.map(async (file) => parseQuery(file, await readFile(new URL(file, folder), "utf8"))));
}

/** Throws for a file whose comment lacks a part. */
export function parseQuery(file: string, source: string): Query {
  const lines = source.trimEnd().split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  const [title = "", ...comment] = lines.slice(0, end).map((line) => line.slice("//".length).trim());
  const chart = partOf(comment, "Chart", file);
  if (chart !== "table" && chart !== "timechart" && chart !== "none")
    throw new Error(`${file}: no such chart: ${chart}`);
  return {
    file,
    title,
    chart,
    shows: partOf(comment, "Shows", file),
    read: partOf(comment, "Read", file),
    next: partOf(comment, "Do", file),
    text: lines.slice(end).join("\n"),
  };
}

/** From its name to the next one. */
function partOf(comment: readonly string[], name: string, file: string): string {
  const begin = comment.findIndex((line) => line.startsWith(`${name}: `));
  if (begin < 0) throw new Error(`${file}: its comment does not say "${name}:"`);
  const rest = comment.slice(begin + 1);
  const end = rest.findIndex((line) => /^(?:Chart|Shows|Read|Do): /.test(line));
  const lines = [comment[begin]?.slice(name.length + 2) ?? "", ...(end < 0 ? rest : rest.slice(0, end))];
  return lines.join(" ").trim();
}
