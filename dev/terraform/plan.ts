// What a configuration comes to for given inputs: every resource with its values, and every condition that does not hold.
// Much less than `terraform plan`: no provider has a say, and what only Azure knows stays a label.
import {
  isJsonObject,
  list,
  object,
  sourceFolder,
  type Block,
  type Configuration,
  type Json,
  type JsonObject,
  type Module,
} from "./configuration.ts";
import { evaluate, FILE, type Lookup } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { typeProblem } from "./variable-types.ts";
import {
  textOf,
  isList,
  isObject,
  isUnknown,
  TerraformRefusal,
  unknown,
  type Value,
  type ValueObject,
} from "./values.ts";

export interface PlannedResource {
  /** Such as `module.storage.azurerm_storage_account.this`. */
  readonly address: string;
  readonly type: string;
  readonly values: ValueObject;
}

export interface Plan {
  readonly resources: readonly PlannedResource[];
  readonly outputs: ValueObject;
  readonly problems: readonly string[];
}

/** What Azure would answer, by `type.attribute`; everything else that only Azure knows becomes a label. */
export type KnownAttributes = Readonly<Record<string, Value>>;

export function plan(
  configuration: Configuration,
  folder: string,
  inputs: ValueObject,
  known: KnownAttributes = {},
): Plan {
  const problems: string[] = [];
  try {
    const planned = planModule(configuration, folder, "", inputs, known, problems);
    // As Terraform does: nothing is worked out from inputs that were refused.
    if (problems.length > 0) return { resources: [], outputs: {}, problems };
    return { resources: planned.resources(), outputs: planned.outputs(), problems };
  } catch (error) {
    if (!(error instanceof TerraformRefusal)) throw error;
    return { resources: [], outputs: {}, problems: [...problems, error.message] };
  }
}

interface PlannedModule {
  output(name: string): Value;
  outputs(): ValueObject;
  resources(): readonly PlannedResource[];
}

/** What Terraform itself reads, in the blocks of resources and module calls. */
export const META = new Set([
  "for_each",
  "count",
  "depends_on",
  "provider",
  "lifecycle",
  "source",
  "version",
  "providers",
]);

function planModule(
  configuration: Configuration,
  folder: string,
  address: string,
  given: ValueObject,
  known: KnownAttributes,
  problems: string[],
): PlannedModule {
  const module = moduleIn(configuration, folder);
  const blocks = (kind: string): readonly Block[] => module.blocks.filter((block) => block.kind === kind);
  const inputs = withDefaults(blocks("variable"), given);
  const locals = memo((name) => {
    const value = module.locals[name];
    if (value === undefined) throw new Error(`${folder || "the root module"} has no local.${name}`);
    return evaluateJson(value, lookup);
  });
  const calls = memo((name) => {
    const call = blocks("module").find((block) => block.name === name);
    const target = call === undefined ? undefined : sourceFolder(module, call.body["source"]);
    if (call === undefined || target === undefined)
      throw new Error(`${folder} calls no module.${name} of this project`);
    const planned = (own: string, scope: Lookup): PlannedModule =>
      planModule(configuration, target, `${address}module.${own}.`, evaluateBody(call.body, scope), known, problems);
    const forEach = call.body["for_each"];
    if (forEach === undefined) return new Map([["", planned(name, lookup)]]);
    return new Map(
      instances(evaluateJson(forEach, lookup)).map(({ key, value }) => [
        textOf(key),
        planned(`${name}["${textOf(key)}"]`, eachOf(key, value)),
      ]),
    );
  });

  function lookup(root: string, steps: readonly (string | number)[]): { value: Value; used: number } {
    const [first = "", second = ""] = steps.map(String);
    if (root === "var") return { value: required(inputs, first, `var.${first}`), used: 1 };
    if (root === "local") return { value: locals(first), used: 1 };
    if (root === "module") return outputOf(first, steps.slice(1).map(String));
    if (root === "path") return { value: first === "module" ? folder : "", used: 1 };
    if (root === "data") return { value: dataOf(`data.${steps.join(".")}`), used: steps.length };
    const resource = blocks("resource").find((block) => block.type === root && block.name === first);
    if (resource === undefined) throw new Error(`${folder || "the root module"} has no ${root}.${first}`);
    const written = resource.body[second];
    if (written !== undefined && resource.body["for_each"] === undefined)
      return { value: evaluateJson(written, lookup), used: 2 };
    // The label says which one it is of several of its kind.
    return { value: known[`${root}.${second}`] ?? unknown(`${address}${root}.${first}.${second}`), used: 2 };
  }

  function dataOf(label: string): Value {
    return known[label] ?? unknown(label);
  }

  /** `module.NAME.OUTPUT`, or `module.NAME["KEY"].OUTPUT` of a module that there may be none of. */
  function outputOf(name: string, [first = "", second = ""]: readonly string[]): { value: Value; used: number } {
    const planned = calls(name);
    const single = planned.get("");
    if (single !== undefined) return { value: single.output(first), used: 2 };
    const one = planned.get(first);
    if (one === undefined) throw new TerraformRefusal(`there is no module.${name}["${first}"]`);
    return { value: one.output(second), used: 3 };
  }

  function eachOf(key: Value, value: Value): Lookup {
    return (root, steps) => (root === "each" ? { value: { key, value }, used: 0 } : lookup(root, steps));
  }

  function evaluateJson(value: Json, scope: Lookup): Value {
    if (typeof value === "string") return value.includes("${") ? evaluate(expressionOf(value), inFolder(scope)) : value;
    if (Array.isArray(value)) return value.map((item: Json) => evaluateJson(item, scope));
    return isJsonObject(value) ? evaluateNested(value, scope) : value;
  }

  function evaluateBody(body: JsonObject, scope: Lookup): ValueObject {
    return evaluateNested(Object.fromEntries(Object.entries(body).filter(([name]) => !META.has(name))), scope);
  }

  function evaluateNested(body: JsonObject, scope: Lookup): ValueObject {
    const values: Record<string, Value> = {};
    for (const [name, value] of Object.entries(body)) {
      if (name !== "dynamic") values[name] = evaluateJson(value, scope);
    }
    for (const [name, blocksOfName] of Object.entries(object(body["dynamic"]))) {
      values[name] = list(blocksOfName).flatMap((block) => dynamicBlocks(name, block, scope));
    }
    return values;
  }

  function dynamicBlocks(name: string, block: JsonObject, scope: Lookup): readonly Value[] {
    const each = instances(evaluateJson(block["for_each"] ?? [], scope));
    return each.map(({ key, value }) => {
      const inner: Lookup = (root, steps) => (root === name ? { value: { key, value }, used: 0 } : scope(root, steps));
      return evaluateNested(list(block["content"])[0] ?? {}, inner);
    });
  }

  function expressionOf(text: string): Expression {
    const found = configuration.expressions.get(text);
    if (found === undefined) throw new Error(`not parsed: ${text}`);
    return found;
  }

  /** `file` reads beside the module. */
  function inFolder(scope: Lookup): Lookup {
    return (root, steps) => (root === FILE ? { value: fileText(String(steps[0])), used: 1 } : scope(root, steps));
  }

  function fileText(path: string): string {
    const text = configuration.files.get(path);
    if (text === undefined) throw new TerraformRefusal(`there is no file ${path}`);
    return text;
  }

  function plannedResources(block: Block): readonly PlannedResource[] {
    const own = `${address}${block.type}.${block.name}`;
    const forEach = block.body["for_each"];
    if (block.body["count"] !== undefined) throw new Error(`${own}: count is not known here; use for_each`);
    if (forEach === undefined) return [{ address: own, type: block.type, values: evaluateBody(block.body, lookup) }];
    return instances(evaluateJson(forEach, lookup)).map(({ key, value }) => ({
      address: `${own}["${textOf(key)}"]`,
      type: block.type,
      values: evaluateBody(block.body, eachOf(key, value)),
    }));
  }

  for (const block of blocks("variable"))
    problems.push(...variableProblems(block, inputs, address, lookup, evaluateJson));

  const output = memo((name) => {
    const block = blocks("output").find((candidate) => candidate.name === name);
    if (block === undefined) throw new Error(`${folder} has no output ${name}`);
    return evaluateJson(block.body["value"] ?? null, lookup);
  });
  return {
    output,
    outputs: () => Object.fromEntries(blocks("output").map(({ name }) => [name, output(name)])),
    resources: () => [
      ...blocks("resource").flatMap(plannedResources),
      ...blocks("module").flatMap(({ name }) => [...calls(name).values()].flatMap((planned) => planned.resources())),
    ],
  };
}

function variableProblems(
  block: Block,
  inputs: ValueObject,
  address: string,
  lookup: Lookup,
  evaluateJson: (value: Json, scope: Lookup) => Value,
): readonly string[] {
  const name = `${address}var.${block.name}`;
  if (!Object.hasOwn(inputs, block.name)) return [`${name} has no value and no default`];
  const wrongType = typeProblem(block.body, inputs[block.name] ?? null);
  if (wrongType !== undefined) return [`${name} ${wrongType}`];
  return list(block.body["validation"]).flatMap((validation) => {
    const held = evaluateJson(validation["condition"] ?? null, lookup);
    if (held === true || isUnknown(held)) return [];
    return [`${name}: ${textOf(validation["error_message"])}`];
  });
}

function withDefaults(variables: readonly Block[], given: ValueObject): ValueObject {
  const defaults = variables.flatMap(({ name, body }) =>
    body["default"] === undefined ? [] : [[name, body["default"] as Value] as const],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

function instances(value: Value): readonly { readonly key: Value; readonly value: Value }[] {
  // A list given to for_each went through toset: key and value are the same.
  if (isList(value)) return value.map((item) => ({ key: item, value: item }));
  if (isObject(value)) return Object.entries(value).map(([key, item]) => ({ key, value: item }));
  throw new TerraformRefusal("for_each needs a set or a map whose keys are known before anything exists");
}

function moduleIn(configuration: Configuration, folder: string): Module {
  const module = configuration.modules.get(folder);
  if (module === undefined) throw new Error(`there is no module in ${folder || "the root folder"}`);
  return module;
}

function required(values: ValueObject, name: string, label: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`${label} has no value`);
  return value;
}

/** Each name is worked out once; one that needs itself is an error instead of a loop. */
function memo<Result>(work: (name: string) => Result): (name: string) => Result {
  const done = new Map<string, { readonly result: Result } | undefined>();
  return (name) => {
    const found = done.get(name);
    if (found !== undefined) return found.result;
    if (done.has(name)) throw new Error(`${name} needs itself`);
    done.set(name, undefined);
    const result = work(name);
    done.set(name, { result });
    return result;
  };
}
