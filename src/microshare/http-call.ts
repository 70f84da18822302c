// One try of one HTTP request: an answer or a fault, never a retry, a redirect or an opinion about the status.
import type { Dispatcher } from "undici";
import { parseHttpDate } from "./http-date.ts";
import { readBody } from "./read-body.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Absolute; the query may hold secrets, so it is never part of a message. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Decompressed; complete for status 200, else cut at `MAX_ERROR_BODY_BYTES`. */
  readonly body: Buffer;
  readonly answeredAt?: number;
  readonly receivedAt: number;
}

export interface HttpFault {
  readonly kind: "timeout" | "unreachable" | "truncated" | "too-large";
  /** As thrown below us: only its code and its text, cleaned, may leave (`clean-cause.ts`). */
  readonly cause?: unknown;
}

export interface TryLimits {
  readonly signal: AbortSignal;
  /** Above zero. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly now: () => number;
}

/** Enough for any error text; the rest of a long error page is of no use. */
const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** Mistakes of ours, not of the network. */
const BUG_CODES = new Set(["UND_ERR_INVALID_ARG", "UND_ERR_INVALID_RETURN_VALUE", "UND_ERR_NOT_SUPPORTED"]);

/** Sends one request and reads its answer. Rejects with the signal's reason when that is aborted; redirects are answers. */
export async function callOnce(
  dispatcher: Dispatcher,
  request: HttpRequest,
  limits: TryLimits,
): Promise<HttpAnswer | HttpFault> {
  limits.signal.throwIfAborted();
  const timeout = AbortSignal.timeout(Math.ceil(limits.timeoutMs));
  const signal = AbortSignal.any([limits.signal, timeout]);
  const sent = await send(dispatcher, request, signal);
  if (sent.kind === "failed") {
    limits.signal.throwIfAborted();
    return timeout.aborted ? { kind: "timeout" } : { kind: "unreachable", cause: sent.cause };
  }
  const { response } = sent;
  const { statusCode: status, headers } = response;
  const encoding = single(headers["content-encoding"])?.toLowerCase();
  const isGzip = encoding === "gzip" || encoding === "x-gzip";
  const maxBytes = status === 200 ? limits.maxBytes : MAX_ERROR_BODY_BYTES;
  const announcedBytes = Number(single(headers["content-length"]) ?? 0);
  const read = await readBody(response.body, { gzip: isGzip, maxBytes, signal, announcedBytes });
  limits.signal.throwIfAborted();
  if (status === 200 && read.kind === "too-large") return { kind: "too-large" };
  if (status === 200 && read.kind === "broken") {
    return timeout.aborted ? { kind: "timeout" } : { kind: "truncated", cause: read.cause };
  }
  const answeredAt = parseHttpDate(single(headers["date"]));
  return {
    kind: "answer",
    status,
    headers,
    body: read.body,
    ...(answeredAt === undefined ? {} : { answeredAt }),
    receivedAt: limits.now(),
  };
}

/** The first value of a header. */
export function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" || value === undefined ? value : value[0];
}

async function send(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<{ kind: "sent"; response: Dispatcher.ResponseData } | { kind: "failed"; cause: unknown }> {
  try {
    const response = await dispatcher.request({
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      signal,
      headersTimeout: 0, // the signal bounds the whole try
      bodyTimeout: 0,
    });
    return { kind: "sent", response };
  } catch (error) {
    // undici, sockets and TLS give errors with a code, an aborted signal its reason; anything else is a bug.
    const expected = error instanceof Error && "code" in error && !BUG_CODES.has(String(error.code));
    if (signal.aborted || expected) return { kind: "failed", cause: error };
    throw error;
  }
}
