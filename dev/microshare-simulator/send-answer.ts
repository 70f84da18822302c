// Puts an answer on the wire, with the faults that hit it.
import type { ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { bodyOf, jsonType } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Effect } from "./faults.ts";

const compress = promisify(gzip);
const worthCompressingBytes = 200;

export interface SendOptions {
  readonly response: ServerResponse;
  readonly acceptsGzip: boolean;
  /** Milliseconds since 1970 UTC, of the simulator's clock. */
  readonly now: number;
  readonly effects: readonly Effect[];
}

/** Resolves once everything was handed to the connection; returns the status, 0 when there was none. */
export async function sendAnswer(
  answer: Answer,
  { response, acceptsGzip, now, effects }: SendOptions,
): Promise<number> {
  const has = (kind: Effect["kind"]): boolean => effects.some((effect) => effect.kind === kind);
  if (has("disconnect")) {
    response.destroy();
    return 0;
  }
  const spoiled = spoil(answer, effects);
  const plain = Buffer.from(bodyOf(spoiled));
  const zipped = has("truncateGzip") || (acceptsGzip && plain.length >= worthCompressingBytes);
  // Level 1: pages are megabytes, and nobody measures the simulator's compression.
  const full = zipped ? await compress(plain, { level: 1 }) : plain;
  const body = has("truncateGzip") ? full.subarray(0, Math.floor(full.length / 2)) : full;
  const status = spoiled.kind === "text" ? spoiled.status : 200;
  response.sendDate = false;
  response.writeHead(status, {
    "content-type": spoiled.kind === "text" ? spoiled.contentType : jsonType,
    "content-length": body.length,
    ...(zipped ? { "content-encoding": "gzip" } : {}),
    ...(has("noDate") ? {} : { date: dateHeader(now, effects) }),
    ...(spoiled.kind === "text" ? spoiled.headers : {}),
  });
  if (has("resetMidBody")) {
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
    return status;
  }
  response.end(body);
  return status;
}

function dateHeader(now: number, effects: readonly Effect[]): string {
  const skewMs = effects.reduce((sum, effect) => sum + (effect.kind === "dateSkew" ? effect.skewMs : 0), 0);
  return new Date(now + skewMs).toUTCString();
}

function spoil(answer: Answer, effects: readonly Effect[]): Answer {
  return effects.reduce(spoilOnce, answer);
}

function spoilOnce(answer: Answer, effect: Effect): Answer {
  switch (effect.kind) {
    case "html":
      return text(200, "text/html; charset=UTF-8", "<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>");
    case "malformJson":
      return text(200, jsonType, bodyOf(answer).slice(0, Math.floor(bodyOf(answer).length / 2)));
    case "wrongTotals": {
      if (answer.kind !== "envelope") return answer;
      const { totalCount = answer.meta.totalCount, totalPages = answer.meta.totalPages } = effect;
      return { ...answer, meta: { ...answer.meta, totalCount, totalPages } };
    }
    case "emptyObjs": {
      if (answer.kind !== "envelope") return answer;
      const totalCount = Math.max(1, answer.meta.totalCount);
      const totalPages = Math.max(1, answer.meta.totalPages);
      return { ...answer, meta: { ...answer.meta, currentCount: 0, totalCount, totalPages }, objs: [] };
    }
    case "wrongIdentity": {
      if (answer.kind !== "text" || answer.status !== 200) return answer;
      return {
        ...answer,
        body: answer.body.replace(/"identity":"[^"]*"/, `"identity":${JSON.stringify(effect.identity)}`),
      };
    }
    // These strike before an answer is made, or while it is sent.
    case "fail":
    case "hang":
    case "delay":
    case "disconnect":
    case "resetMidBody":
    case "truncateGzip":
    case "ignorePage":
    case "pageDrift":
    case "dateSkew":
    case "noDate":
      break;
  }
  return answer;
}

function text(status: number, contentType: string, body: string): Answer {
  return { kind: "text", status, contentType, body };
}
