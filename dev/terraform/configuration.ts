// A Terraform configuration as data: every folder of .tf files is a module, and every expression in it is parsed.
import { parse } from "@cdktf/hcl2json";
import { parseText, type Expression } from "./expression.ts";

/** Path below infra/ to text: .tf files, and the other files that expressions read. */
export type Files = ReadonlyMap<string, string>;

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** One block with up to two labels, such as `resource "type" "name" { ... }`. */
export interface Block {
  /** `resource`, `data`, `module`, `variable`, `output`, `provider`, `moved` or `terraform`. */
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly body: JsonObject;
}

export interface Module {
  /** Path below infra/; "" is the root module. */
  readonly folder: string;
  readonly blocks: readonly Block[];
  readonly locals: JsonObject;
}

export interface Configuration {
  readonly files: Files;
  readonly modules: ReadonlyMap<string, Module>;
  /** Every text of every body. */
  readonly expressions: ReadonlyMap<string, Expression>;
}

export type ReadConfiguration = (files: Files) => Promise<Configuration>;

/**
 * A reader that parses each file and each expression only once, however many configurations share them.
 * It throws with file and line for what is not HCL, and with the text for an expression that is not known here.
 */
export function configurationReader(): ReadConfiguration {
  const parsedFiles = new Map<string, Promise<JsonObject>>();
  const parsedTexts = new Map<string, Promise<Expression>>();
  return async (files) => {
    const modules = new Map<string, Module>();
    for (const [path, text] of files) {
      if (!path.endsWith(".tf")) continue;
      const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      const parsed = await once(parsedFiles, `${path}\n${text}`, () => parse(path, text));
      const module = modules.get(folder) ?? { folder, blocks: [], locals: {} };
      modules.set(folder, {
        folder,
        blocks: [...module.blocks, ...blocksOf(parsed)],
        locals: Object.assign({}, module.locals, ...list(parsed["locals"])),
      });
    }
    const expressions = new Map<string, Expression>();
    for (const { blocks, locals } of modules.values()) {
      for (const text of [...blocks.flatMap(({ body }) => textsIn(body)), ...textsIn(locals)]) {
        if (text.includes("${")) expressions.set(text, await once(parsedTexts, text, () => parseText(text)));
      }
    }
    return { files, modules, expressions };
  };
}

function once<Result>(done: Map<string, Promise<Result>>, key: string, work: () => Promise<Result>): Promise<Result> {
  const result = done.get(key) ?? work();
  done.set(key, result);
  return result;
}

const LABELS: Readonly<Record<string, number>> = {
  data: 2,
  resource: 2,
  module: 1,
  // Says what a resource was called before; it makes nothing.
  moved: 0,
  output: 1,
  provider: 1,
  variable: 1,
  terraform: 0,
};

function blocksOf(parsed: JsonObject): readonly Block[] {
  return Object.entries(parsed).flatMap(([kind, content]) => {
    if (kind === "locals") return [];
    const labels = LABELS[kind];
    if (labels === undefined) throw new Error(`blocks of the kind ${kind} are not known here`);
    if (labels === 0) return list(content).map((body) => ({ kind, type: kind, name: kind, body }));
    return Object.entries(object(content)).flatMap(([label, inner]) => {
      if (labels === 1) return list(inner).map((body) => ({ kind, type: kind, name: label, body }));
      return Object.entries(object(inner)).flatMap(([name, bodies]) =>
        list(bodies).map((body) => ({ kind, type: label, name, body })),
      );
    });
  });
}

/** Types of variables are words of a language of their own: `${map(string)}` is no expression. */
function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value)
    ? Object.entries(value).flatMap(([name, inner]) => (name === "type" && isTypeText(inner) ? [] : textsIn(inner)))
    : [];
}

export function isTypeText(value: Json | undefined): value is string {
  return typeof value === "string" && /^(\$\{)?(string|number|bool|any|list\(|map\(|set\(|object\()/.test(value);
}

/** What hcl2json makes of a block is a list of bodies; an attribute stays what it is. */
export function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Folder of the module that a call's source names; undefined for one from elsewhere. */
export function sourceFolder(caller: Module, source: Json | undefined): string | undefined {
  if (typeof source !== "string" || !/^\.\.?\//.test(`${source}/`)) return undefined;
  const steps = caller.folder === "" ? [] : caller.folder.split("/");
  for (const step of source.split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "." && step !== "") steps.push(step);
  }
  return steps.join("/");
}
