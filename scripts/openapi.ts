// npm run openapi:docs: writes docs/openapi.json, the interface of what is served over HTTP, from the schemas in the code.
import { writeFileSync } from "node:fs";
import * as z from "zod";
import { apiPaths, type ApiAnswer, type ApiPath } from "./openapi-paths.ts";
import { ROOT } from "./bundle.ts";

export const OPENAPI_FILE = `${ROOT}docs/openapi.json`;

if (import.meta.main) writeFileSync(OPENAPI_FILE, `${JSON.stringify(openApi(), undefined, 2)}\n`);

type Json = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document. */
export function openApi(paths: readonly ApiPath[] = apiPaths): Json {
  const schemas: Record<string, unknown> = {};
  const operations = paths.map((one): readonly [string, Json] => [
    one.path,
    { [one.method]: operation(one, (schema) => referred(schema, schemas)) },
  ]);
  return {
    openapi: "3.1.0",
    info: {
      title: "Microshare-Azure bridge",
      version: "1",
      description: "What the bridge serves over HTTP where it is switched on.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{app}.azurewebsites.net",
        variables: { app: { default: "app", description: "Name of the function app." } },
      },
    ],
    paths: Object.fromEntries(operations),
    components: {
      schemas,
      securitySchemes: {
        functionKey: { type: "apiKey", in: "header", name: "x-functions-key" },
        functionKeyInQuery: { type: "apiKey", in: "query", name: "code" },
      },
    },
  };
}

type Refer = (schema: z.ZodType) => Json;

function operation(
  { operationId, summary, description, needsKey, headers = {}, body, answers }: ApiPath,
  refer: Refer,
): Json {
  return {
    operationId,
    summary,
    description,
    security: needsKey ? [{ functionKey: [] }, { functionKeyInQuery: [] }] : [],
    parameters: Object.entries(headers).map(([name, header]) => ({
      name,
      in: "header",
      required: false,
      description: header.description,
      schema: jsonSchema(header.schema),
    })),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: refer(body) } } } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, response(Number(status), answer, refer)]),
    ),
  };
}

function response(status: number, { description, schema, headers = {} }: ApiAnswer, refer: Refer): Json {
  if (schema === undefined) return { description };
  const isProblem = status >= 400 && z.globalRegistry.get(schema)?.title === "Problem";
  return {
    description,
    ...(Object.keys(headers).length === 0
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, says]) => [name, { description: says, schema: { type: "string" } }]),
          ),
        }),
    content: { [isProblem ? "application/problem+json" : "application/json"]: { schema: refer(schema) } },
  };
}

/** Schemas with a title stand once, under `components`. */
function referred(schema: z.ZodType, schemas: Record<string, unknown>): Json {
  const name = z.globalRegistry.get(schema)?.title;
  if (name === undefined) return jsonSchema(schema);
  schemas[name] = jsonSchema(schema);
  return { $ref: `#/components/schemas/${name}` };
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}
