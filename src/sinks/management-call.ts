// Calls to a management endpoint: bounded in time and size, tried again where that helps, never followed elsewhere.
import { request, type Dispatcher } from "undici";
import { BridgeError } from "../errors.ts";
import { retryDelayMs, type RetryPolicy } from "../retry.ts";
import type { SinkClock } from "./settled-steps.ts";

export interface ManagementRequest {
  readonly method: "GET" | "PUT";
  readonly url: URL;
  readonly body?: string;
  readonly contentType?: string;
}

export interface ManagementAnswer {
  readonly status: number;
  /** Cut at the limit when `complete` is false. */
  readonly text: string;
  readonly complete: boolean;
}

export interface ManagementOptions extends SinkClock {
  /** How messages begin: "Azure Resource Manager". */
  readonly place: string;
  /** Value of the `Authorization` header, asked for before each try. */
  readonly authorization: (signal: AbortSignal) => Promise<string>;
  /** Carries the proxy, and certificate authorities of one's own. Default: undici's own. */
  readonly dispatcher?: Dispatcher;
  readonly retry?: RetryPolicy;
  /** Bound of one try. Default 30 s. */
  readonly timeoutMs?: number;
  /** Bound of one call with all its tries and waits. Default two minutes: a run has other work. */
  readonly totalMs?: number;
}

/** Sends once. Resolves with any answer that is not worth another try. */
export type SendOnce = (request: ManagementRequest) => Promise<ManagementAnswer>;

/**
 * Does the work, and does it again from its beginning when one of its requests failed in a way that may pass: what it asked
 * before may have changed. Throws a `BridgeError`; `OUT_OF_TIME` when the signal ends it.
 */
export type Management = <T>(work: (send: SendOnce) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Four tries within seconds, as the next run is the real retry. */
const managementRetries: RetryPolicy = { attempts: 4, baseDelayMs: 1_000, maxDelayMs: 20_000 };
/** A list of a thousand hubs stays below. */
const mostAnswerBytes = 4 * 1024 * 1024;

/** May pass: thrown by the work itself, too, where an answer says so. */
export class PassingFailure extends Error {
  readonly throttled: boolean;
  readonly retryAfterMs: number;

  /** @param what in words for the operator, nothing that was sent. */
  constructor(what: string, { throttled = false, retryAfterMs = 0 } = {}) {
    super(what);
    this.throttled = throttled;
    this.retryAfterMs = retryAfterMs;
  }
}

export function createManagement(options: ManagementOptions): Management {
  const { retry = managementRetries, totalMs = 120_000, now, wait, random, place } = options;
  return async (work, signal) => {
    const startedAt = now();
    for (let tries = 1; ; tries += 1) {
      try {
        if (signal.aborted) throw outOfTime(place);
        return await work((asked) => sendOnce(asked, signal, options));
      } catch (error) {
        if (signal.aborted && !(error instanceof BridgeError)) throw outOfTime(place);
        if (!(error instanceof PassingFailure)) throw error;
        const pauseMs = retryDelayMs(retry, tries, random, error.retryAfterMs);
        if (tries >= retry.attempts || now() - startedAt + pauseMs > totalMs) throw givenUp(error, tries, place);
        await wait(pauseMs, signal).catch((reason: unknown) => {
          throw signal.aborted ? outOfTime(place) : reason;
        });
      }
    }
  };
}

/** Throttled, or out of order for now. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

async function sendOnce(
  { method, url, body, contentType }: ManagementRequest,
  signal: AbortSignal,
  { authorization, dispatcher, timeoutMs = 30_000 }: ManagementOptions,
): Promise<ManagementAnswer> {
  const bearer = await authorization(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await request(url, {
      method,
      headers: { authorization: bearer, ...(contentType !== undefined && { "content-type": contentType }) },
      body: body ?? null,
      signal: AbortSignal.any([signal, timeout]),
      ...(dispatcher && { dispatcher }),
    });
    const { statusCode: status, headers } = response;
    const retryAfterMs = secondsAsMs(headers["retry-after"]);
    const answer = { status, ...(await readText(response.body)) };
    if (!isPassing(status)) return answer;
    throw new PassingFailure(`answer ${status}`, { throttled: status === 429, retryAfterMs });
  } catch (error) {
    if (error instanceof PassingFailure || signal.aborted) throw error;
    if (timeout.aborted) throw new PassingFailure("no answer in time");
    // undici, sockets and TLS give errors with a code; anything else is a bug.
    if (!(error instanceof Error) || !("code" in error) || bugCodes.has(String(error.code))) throw error;
    throw new PassingFailure(String(error.code));
  }
}

/** Mistakes of ours, not of the network. */
const bugCodes = new Set(["UND_ERR_INVALID_ARG", "UND_ERR_INVALID_RETURN_VALUE", "UND_ERR_NOT_SUPPORTED"]);

async function readText(body: Dispatcher.ResponseData["body"]): Promise<Omit<ManagementAnswer, "status">> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    const buffer = Buffer.from(piece);
    bytes += buffer.byteLength;
    if (bytes > mostAnswerBytes) return { text: Buffer.concat(pieces).toString("utf8"), complete: false };
    pieces.push(buffer);
  }
  return { text: Buffer.concat(pieces).toString("utf8"), complete: true };
}

/** Only seconds: both endpoints answer so. */
function secondsAsMs(header: string | readonly string[] | undefined): number {
  return typeof header === "string" && /^\d{1,6}$/u.test(header) ? Number(header) * 1_000 : 0;
}

function outOfTime(place: string): BridgeError {
  return new BridgeError("OUT_OF_TIME", `${place}: the run's time was up.`, { fix: "The next run goes on from here." });
}

/** No text of the answer stands in it: an error page may repeat what was sent. */
function givenUp({ message, throttled }: PassingFailure, tries: number, place: string): BridgeError {
  if (throttled) {
    return new BridgeError("SINK_THROTTLED", `${place}: still throttled after ${tries} tries.`, {
      fix: "The next run goes on from here. If it happens often, find out who else manages resources in this subscription.",
    });
  }
  return new BridgeError("SINK_UNREACHABLE", `${place}: of no use after ${tries} tries (${message}).`, {
    fix: "The next run tries again. Outbound port 443 must be open to it, through HTTPS_PROXY where one is set.",
  });
}
