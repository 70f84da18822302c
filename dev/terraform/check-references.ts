// Whether every name in a configuration stands for something, and everything declared is used.
import {
  isJsonObject,
  isTypeText,
  object,
  sourceFolder,
  type Block,
  type Configuration,
  type Json,
  type JsonObject,
  type Module,
} from "./configuration.ts";
import { referencesIn, type Reference } from "./expression.ts";
import type { ProviderSchema } from "./provider-schema.ts";
import { META } from "./plan.ts";

export function checkReferences(configuration: Configuration, schema: ProviderSchema): readonly string[] {
  return [...configuration.modules.values()].flatMap((module) => {
    const found = referencesOf(module, configuration);
    return [
      ...found.flatMap((use) => {
        const problem = problemOf(use, module, configuration, schema);
        return problem === undefined
          ? []
          : [`${use.where}: ${use.reference.root}.${use.reference.steps.join(".")} ${problem}`];
      }),
      ...unused(module, found),
      ...calls(module).flatMap((call) => callProblems(call, module, configuration)),
    ];
  });
}

interface Use {
  readonly where: string;
  readonly reference: Reference;
  /** Whether `each` has a meaning here. */
  readonly inForEach: boolean;
}

function referencesOf(module: Module, configuration: Configuration): readonly Use[] {
  const place = module.folder || "root";
  const ofBlocks = module.blocks.flatMap((block) => {
    // Names that were, which need not stand for anything any more.
    if (block.kind === "moved") return [];
    const where = `${place}: ${block.kind} ${block.type === block.name ? "" : `${block.type} `}${block.name}`;
    const inForEach = block.body["for_each"] !== undefined;
    // What stands in `lifecycle` are names of the block's own attributes.
    const { lifecycle: _, ...body } = block.body;
    return usesIn(body, configuration, new Set()).map((reference) => ({ where, reference, inForEach }));
  });
  const ofLocals = Object.entries(module.locals).flatMap(([name, value]) =>
    usesIn(value, configuration, new Set()).map((reference) => ({
      where: `${place}: local ${name}`,
      reference,
      inForEach: false,
    })),
  );
  return [...ofBlocks, ...ofLocals];
}

/** `bound` holds the names of dynamic blocks, which are references inside of them only. */
function usesIn(value: Json, configuration: Configuration, bound: ReadonlySet<string>): readonly Reference[] {
  if (typeof value === "string") {
    const expression = configuration.expressions.get(value);
    return expression === undefined ? [] : referencesIn(expression, bound);
  }
  if (Array.isArray(value)) return value.flatMap((item: Json) => usesIn(item, configuration, bound));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === "type" && isTypeText(inner)) return [];
    if (name !== "dynamic") return usesIn(inner, configuration, bound);
    return Object.entries(object(inner)).flatMap(([block, bodies]) =>
      usesIn(bodies, configuration, new Set([...bound, block])),
    );
  });
}

function problemOf(
  { reference, inForEach }: Use,
  module: Module,
  configuration: Configuration,
  schema: ProviderSchema,
): string | undefined {
  const { root, steps } = reference;
  const [first = "", second = "", third = ""] = steps.map(String);
  const declared = (kind: string, name: string): Block | undefined =>
    module.blocks.find((block) => block.kind === kind && block.name === name);
  switch (root) {
    case "var":
      return declared("variable", first) === undefined ? "is not declared" : undefined;
    case "local":
      return module.locals[first] === undefined ? "is not declared" : undefined;
    case "path":
      return ["module", "root", "cwd"].includes(first) ? undefined : "does not exist";
    case "each":
      return inForEach && ["key", "value"].includes(first) ? undefined : "stands outside of for_each";
    case "module": {
      const call = declared("module", first);
      if (call === undefined) return "is not called";
      const output = isRepeated(call) ? third : second;
      return steps.length === 1 || outputOf(call, module, configuration, output) ? undefined : "is not an output of it";
    }
    case "data": {
      const block = module.blocks.find(({ kind, type, name }) => kind === "data" && type === first && name === second);
      if (block === undefined) return "is not declared";
      return schema.data[first]?.exported?.includes(third) === true ? undefined : "is not an attribute of it";
    }
    default: {
      const block = module.blocks.find(
        ({ kind, type, name }) => kind === "resource" && type === root && name === first,
      );
      if (block === undefined) return "is not declared";
      const known = schema.resources[root];
      const attributes = [known?.required, known?.optional, known?.exported, Object.keys(known?.blocks ?? {})];
      const attribute = isRepeated(block) ? third : second;
      return steps.length === 1 || attributes.some((names) => names?.includes(attribute) === true)
        ? undefined
        : "is not an attribute of it, or one that holds a key";
    }
  }
}

/** What is asked of it stands behind the key of one of its instances. */
function isRepeated({ body }: Block): boolean {
  return body["for_each"] !== undefined;
}

function outputOf(call: Block, caller: Module, configuration: Configuration, name: string): boolean {
  const target = targetOf(call, caller, configuration);
  return target?.blocks.some((block) => block.kind === "output" && block.name === name) === true;
}

function targetOf(call: Block, caller: Module, configuration: Configuration): Module | undefined {
  const folder = sourceFolder(caller, call.body["source"]);
  return folder === undefined ? undefined : configuration.modules.get(folder);
}

function calls(module: Module): readonly Block[] {
  return module.blocks.filter(({ kind }) => kind === "module");
}

function callProblems(call: Block, module: Module, configuration: Configuration): readonly string[] {
  const where = `${module.folder || "root"}: module ${call.name}`;
  const target = targetOf(call, module, configuration);
  if (target === undefined) return [`${where}: its source is not a folder of this project`];
  const variables = target.blocks.filter(({ kind }) => kind === "variable");
  const given = Object.keys(call.body).filter((name) => !META.has(name));
  return [
    ...given
      .filter((name) => !variables.some((variable) => variable.name === name))
      .map((name) => `${where}: the module has no variable ${name}`),
    ...variables
      .filter(({ name, body }) => body["default"] === undefined && !given.includes(name))
      .map(({ name }) => `${where}: ${name} is required`),
  ];
}

function unused(module: Module, uses: readonly Use[]): readonly string[] {
  const used = (root: string, name: string): boolean =>
    uses.some(
      ({ reference, where }) =>
        reference.root === root && reference.steps[0] === name && !where.endsWith(`variable ${name}`),
    );
  const place = module.folder || "root";
  const variables = module.blocks.filter(({ kind, name }) => kind === "variable" && !used("var", name));
  const locals = Object.keys(module.locals).filter((name) => !used("local", name));
  return [
    ...variables.map(({ name }) => `${place}: var.${name} is declared and not used`),
    ...locals.map((name) => `${place}: local.${name} is declared and not used`),
  ];
}

/** Names of the modules that a call waits for. */
export function dependsOn(body: JsonObject, configuration: Configuration): readonly string[] {
  const entries = body["depends_on"];
  const texts = Array.isArray(entries) ? entries : [];
  return texts.flatMap((text: Json) =>
    usesIn(text, configuration, new Set()).map(({ root, steps }) => [root, ...steps].join(".")),
  );
}
