// Writes what a handler answered onto the wire.
import { STATUS_CODES, type ServerResponse } from "node:http";
import { HttpResponse, type HttpResponseInit } from "@azure/functions";

/** Plain text and JSON go out as they are; every other body takes the way of the library. */
export async function sendAnswer(response: ServerResponse, answer: HttpResponse | HttpResponseInit): Promise<void> {
  const plain = answer instanceof HttpResponse ? undefined : plainBody(answer);
  if (plain !== undefined) {
    if (answer.headers !== undefined) setHeaders(response, answer.headers);
    if (plain.isJson && !response.hasHeader("content-type")) response.setHeader("content-type", "application/json");
    return write(response, answer.status ?? 200, plain.body);
  }
  const built = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
  setHeaders(response, built.headers);
  write(response, built.status, new Uint8Array(await built.arrayBuffer()));
}

/** In the form of RFC 9457. */
export function sendProblem(
  response: ServerResponse,
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  setHeaders(response, { ...headers, "content-type": "application/problem+json" });
  write(response, status, JSON.stringify({ type: "about:blank", title: STATUS_CODES[status] ?? "", status, detail }));
}

type Body = string | Uint8Array;

function plainBody({ body, jsonBody, cookies = [] }: HttpResponseInit): { body: Body; isJson: boolean } | undefined {
  if (cookies.length > 0) return undefined;
  if (jsonBody !== undefined) return { body: JSON.stringify(jsonBody), isJson: true };
  return body === undefined || typeof body === "string" || body instanceof Uint8Array
    ? { body: body ?? "", isJson: false }
    : undefined;
}

function setHeaders(response: ServerResponse, headers: NonNullable<HttpResponseInit["headers"]>): void {
  if (response.headersSent) return;
  // Headers in the form of an object, as nearly all are, need no sorting first.
  if (headers instanceof Headers || Array.isArray(headers)) response.setHeaders(new Headers(headers));
  else for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function write(response: ServerResponse, status: number, body: Body): void {
  // The answer broke in the middle: the caller must not take it for a whole one.
  if (response.headersSent) return void response.destroy();
  response.statusCode = status;
  response.setHeader("content-length", typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
  response.end(body);
}
