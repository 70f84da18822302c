// Whether every argument and nested block exists in the provider, and every required one is given.
import {
  isJsonObject,
  list,
  object,
  type Block,
  type Configuration,
  type Json,
  type JsonObject,
} from "./configuration.ts";
import type { BlockSchema, BodySchema, ProviderSchema } from "./provider-schema.ts";
import { textOf } from "./values.ts";

const META = ["for_each", "count", "depends_on", "provider", "lifecycle"];

export function checkArguments(configuration: Configuration, schema: ProviderSchema): readonly string[] {
  return [...configuration.modules.values()].flatMap((module) =>
    module.blocks.flatMap((block) => {
      const where = `${module.folder || "root"}: ${block.kind} ${block.type} ${block.name}`;
      const known = schemaOf(block, schema);
      if (known === "not checked") return [];
      if (known === undefined) return [`${where}: ${block.type} is not in the list of what the providers know`];
      return [...bodyProblems(block.body, known, where, META), ...requestProblems(block, schema, where)];
    }),
  );
}

function schemaOf({ kind, type, name }: Block, schema: ProviderSchema): BlockSchema | "not checked" | undefined {
  switch (kind) {
    case "resource":
      return schema.resources[type];
    case "data":
      return schema.data[type];
    case "provider":
      return schema.providers[name];
    case "variable":
      return VARIABLE;
    case "output":
      return OUTPUT;
    default:
      return "not checked";
  }
}

/** Of the language itself. */
const VARIABLE: BlockSchema = {
  required: ["type", "description"],
  optional: ["default", "nullable", "sensitive", "ephemeral"],
  blocks: { validation: { many: true, required: ["condition", "error_message"], optional: [] } },
};
const OUTPUT: BlockSchema = { required: ["description", "value"], optional: ["sensitive", "depends_on"] };

function bodyProblems(
  body: JsonObject,
  schema: BlockSchema,
  where: string,
  meta: readonly string[],
): readonly string[] {
  const dynamic = object(body["dynamic"]);
  const given = Object.keys(body).filter((name) => name !== "dynamic" && !meta.includes(name));
  const blocks = schema.blocks ?? {};
  const isKnown = (name: string): boolean =>
    schema.required.includes(name) || schema.optional.includes(name) || Object.hasOwn(blocks, name);
  const nested = Object.entries(blocks).flatMap(([name, inner]) => {
    const plain = list(body[name]);
    const generated = list(dynamic[name]).flatMap((block) => list(block["content"]));
    const bodies = [...plain, ...generated];
    const own = `${where}: ${name}`;
    return [
      ...(inner.requiredBlock === true && bodies.length === 0 ? [`${where}: the block ${name} is required`] : []),
      ...(inner.many !== true && bodies.length > 1 ? [`${own} may be given only once`] : []),
      ...(body[name] !== undefined && plain.length === 0 ? [`${own} is a block, not an argument`] : []),
      ...bodies.flatMap((content) => bodyProblems(content, inner, own, [])),
    ];
  });
  return [
    ...[...given, ...Object.keys(dynamic)]
      .filter((name) => !isKnown(name))
      .map((name) => `${where}: there is no argument ${name}`),
    ...schema.required.filter((name) => !given.includes(name)).map((name) => `${where}: ${name} is required`),
    ...nested,
  ];
}

/** The body of an azapi resource goes to Azure as it is: its names are checked against those of the API version. */
function requestProblems(block: Block, schema: ProviderSchema, where: string): readonly string[] {
  if (!block.type.startsWith("azapi_")) return [];
  const type = textOf(block.body["type"]);
  const known = schema.bodies[type];
  if (known === undefined) return [`${where}: the request body of ${type} is not in the list`];
  return propertyProblems(block.body["body"] ?? {}, known, `${where}: body`);
}

function propertyProblems(value: Json, schema: BodySchema, where: string): readonly string[] {
  if (schema === true) return [];
  if (isElementSchema(schema)) {
    return Array.isArray(value) ? value.flatMap((item: Json) => propertyProblems(item, schema[0], where)) : [];
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = schema[name];
    return known === undefined
      ? [`${where}: there is no property ${name}`]
      : propertyProblems(inner, known, `${where}.${name}`);
  });
}

function isElementSchema(schema: BodySchema): schema is readonly [BodySchema] {
  return Array.isArray(schema);
}
