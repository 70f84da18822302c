// docs/openapi.json: made from the code, valid, and true of what callers really get.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openApi, OPENAPI_FILE } from "../../scripts/openapi.ts";
import {
  order,
  SECRET,
  signed,
  startBus,
  startInstance,
  webhookSettings,
  type Answered,
} from "./webhook-under-test.ts";

const written: unknown = JSON.parse(readFileSync(OPENAPI_FILE, "utf8"));

const media = z.record(z.string(), z.object({ schema: z.object({ $ref: z.string() }) }));
const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.object({ content: media.optional() })) })),
  ),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

describe("docs/openapi.json", () => {
  it("is what the code says; else run npm run openapi:docs", () => {
    expect(written).toEqual(structuredClone(openApi()));
  });

  it("is a valid document of OpenAPI 3.1", async () => {
    const result = await new Validator().validate(structuredClone(Object(written)));
    expect(result).toMatchObject({ valid: true });
    const broken = await new Validator().validate({ ...structuredClone(Object(written)), info: {} });
    expect(broken.valid).toBe(false);
  });

  it("describes every answer that callers get, and no other", async () => {
    const { paths, components } = documentShape.parse(written);
    const seen = new Map<string, Set<string>>();
    /** Throws when the document does not know the status, or the body is not of its schema. */
    const check = (path: string, { status, headers, body }: Answered): void => {
      const [operation] = Object.values(paths[path] ?? {});
      const answer = operation?.responses[String(status)];
      if (answer === undefined) throw new Error(`${path} answered ${status}, which is not documented`);
      seen.set(path, (seen.get(path) ?? new Set()).add(String(status)));
      const type = headers.get("content-type");
      // The host's own 401 has no body.
      if (type === null) return expect(status).toBe(401);
      const name = answer.content?.[type]?.schema.$ref.split("/").at(-1) ?? "";
      const schema = components.schemas[name];
      if (schema === undefined) throw new Error(`${path} answered ${status} as ${type}, which is not documented`);
      expect(z.fromJSONSchema(schema).safeParse(body)).toMatchObject({ success: true });
    };

    const bus = await startBus();
    const health = async (url: string): Promise<Answered> => {
      const response = await fetch(`${url}/api/health`);
      return { status: response.status, headers: response.headers, body: Object(await response.json()) };
    };
    {
      await using instance = await startInstance(await webhookSettings(bus, { WEBHOOK_REQUESTS_PER_MINUTE: "8" }));
      const id = randomUUID();
      const post = async (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
        check("/api/webhook", await instance.post(body, headers));
      await post(order("a"), { "x-correlation-id": id });
      await post(order("b"), { "x-correlation-id": id });
      await post({ clientId: "" }, { "x-correlation-id": "?" });
      await post(order(), { "x-functions-key": "wrong" });
      await post({ ...order(), more: "x".repeat(2 ** 20) });
      await post({ ...order(), more: "x".repeat(300_000) });
      await post(order(), { "content-type": "text/plain" });
      bus.faults.reject("amqp:not-allowed", { times: 1 });
      for (let request = 0; request < 3; request += 1) await post(order());
      check("/api/health", await health(instance.adapter.url));
    }
    {
      await using instance = await startInstance(await webhookSettings(bus, { WEBHOOK_SECRET: SECRET }));
      check("/api/webhook", await instance.post(order()));
      const text = JSON.stringify(order());
      check("/api/webhook", await instance.post(text, signed(text)));
    }
    await using wrong = await startInstance(await webhookSettings(undefined));
    check("/api/health", await health(wrong.adapter.url));
    await bus.close();
    for (const [path, operations] of Object.entries(paths)) {
      const [operation] = Object.values(operations);
      if (seen.has(path))
        expect([...(seen.get(path) ?? [])].toSorted()).toEqual(Object.keys(operation?.responses ?? {}).toSorted());
    }
    expect([...seen.keys()]).toEqual(["/api/webhook", "/api/health"]);
  });
});
