// A reader for the part of KQL that the queries use: enough to find a wrong name, a lost bracket or a stray pipe.
import { functions, operators, reserved, tables, words } from "./known-names.ts";

interface Token {
  readonly kind: "name" | "text" | "number" | "mark";
  readonly text: string;
}

const TOKEN =
  /(?<space>\s+)|(?<text>"[^"\n]*"|'[^'\n]*')|(?<number>\d+(?:\.\d+)?(?:e\d+)?[a-z]*)|(?<name>mv-expand|[A-Za-z_$]\w*)|(?<mark>==|!=|<=|>=|[-+*/<>=|;:,.()[\]])/y;

export function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length;) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(query)?.groups ?? {};
    const [kind, text] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [];
    if (kind === undefined || text === undefined) throw new Error(`cannot read: ${query.slice(at, at + 20)}`);
    if (kind !== "space") tokens.push({ kind: kind as Token["kind"], text });
    at += text.length;
  }
  return tokens;
}

/** What is wrong with a query, in words; empty when nothing is. */
export function faultsIn(query: string): readonly string[] {
  const tokens = tokensOf(query);
  return [...bracketFaults(tokens), ...pipeFaults(tokens), ...statementFaults(tokens), ...nameFaults(tokens)];
}

/** Members of parsed JSON, as `run.error.code`: from the name given until the path ends. */
export function pathsIn(query: string, root: string): readonly string[] {
  const paths = [...query.matchAll(new RegExp(String.raw`\b${root}((?:\.\w+|\['\w+'\])+)`, "g"))];
  return paths.map(([, path = ""]) => path.replaceAll(/\['(\w+)'\]/g, ".$1").slice(1));
}

const PAIRS: Readonly<Record<string, string>> = { "(": ")", "[": "]" };

function bracketFaults(tokens: readonly Token[]): readonly string[] {
  const open: string[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== "mark") continue;
    const closing = PAIRS[text];
    if (closing !== undefined) open.push(closing);
    else if ((text === ")" || text === "]") && open.pop() !== text) return [`a ${text} closes nothing`];
  }
  return open.length === 0 ? [] : [`${open.join(" ")} is missing at the end`];
}

/** A pipe has something before it and an operator behind it. */
function pipeFaults(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ text }, index) => {
    if (text !== "|") return [];
    const before = tokens[index - 1]?.text ?? ";";
    const behind = tokens[index + 1]?.text ?? "nothing";
    if (["|", ";", "(", "="].includes(before)) return [`a pipe behind ${before}`];
    return operators.includes(behind) ? [] : [`no operator behind a pipe: ${behind}`];
  });
}

/** Each `let` begins a statement, and the last statement is no `let`: it gives the result. */
function statementFaults(tokens: readonly Token[]): readonly string[] {
  const faults = tokens.flatMap(({ text }, index) =>
    text === "let" && index > 0 && tokens[index - 1]?.text !== ";" ? ["a let without a ; before it"] : [],
  );
  const last = tokens.findLastIndex(({ text }) => text === ";");
  const result = tokens[last + 1]?.text;
  return result === undefined || result === "let" ? [...faults, "no result at the end"] : faults;
}

function nameFaults(tokens: readonly Token[]): readonly string[] {
  const used = tokens.filter(({ text }) => Object.hasOwn(tables, text)).map(({ text }) => text);
  const columns = new Set(used.flatMap((table) => tables[table] ?? []));
  const made = new Set(tokens.filter((_, index) => isDefinition(tokens, index)).map(({ text }) => text));
  return tokens.flatMap(({ kind, text }, index) => {
    if (kind !== "name") return [];
    const isMember = tokens[index - 1]?.text === ".";
    if (isMember) return reserved.includes(text) ? [`.${text} must be written ['${text}']`] : [];
    if (made.has(text)) return reserved.includes(text) ? [`${text} is a word of the language`] : [];
    if (tokens[index + 1]?.text === "(" && !words.includes(text) && !operators.includes(text))
      return functions.includes(text) ? [] : [`no such function: ${text}`];
    const known =
      columns.has(text) || Object.hasOwn(tables, text) || [...words, ...operators, ...functions].includes(text);
    return known ? [] : [`no such name: ${text}`];
  });
}

/** `name =`, but not a parameter of an operator. */
function isDefinition(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  return token?.kind === "name" && tokens[index + 1]?.text === "=" && token.text !== "kind";
}
