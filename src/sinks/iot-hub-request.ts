// One HTTPS request to an IoT hub: its answer, or a failure that says whether anything may have arrived.
import { getGlobalDispatcher, request, type Dispatcher } from "undici";
import { answerFailure, noAnswerFailure } from "./iot-hub-failures.ts";
import { sendFailure, type SendPhase } from "./send-failure.ts";
import { throwFailure } from "./thrown-failure.ts";

/** The version that Azure's own device SDKs for Node send. */
const apiVersion = "2021-04-12";
/** Answers are short; more of one is not read. */
const mostAnswerBytes = 64 * 1024;

export interface IotRequest {
  readonly host: string;
  /** Encoded. */
  readonly path: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly authorization: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly phase: SendPhase;
  readonly signal: AbortSignal;
  /** Asked right before the request is written. Default: always. */
  readonly mayStart?: () => boolean;
}

/**
 * Resolves with the text of a 2xx answer. With `tolerate`, a refusal with one of these statuses counts as an answer too.
 * Throws a failure (`failureOf`) otherwise.
 */
export type SendRequest = (
  request: IotRequest,
  tolerate?: readonly number[],
) => Promise<{ readonly status: number; readonly text: string }>;

/** @param dispatcher carries the proxy; without one undici's global one is used. */
export function createRequests(dispatcher: Dispatcher | undefined): SendRequest {
  return async (asked, tolerate = []) => {
    const { host, path, method, authorization, headers, body, phase, signal, mayStart = () => true } = asked;
    let started = false;
    let forbidden = false;
    const onStart = (): boolean => {
      if (mayStart()) {
        started = true;
        return true;
      }
      forbidden = true;
      return false;
    };
    const watched = watchStart(dispatcher ?? getGlobalDispatcher(), onStart);
    const url = `https://${host}${path}?api-version=${apiVersion}`;
    const answer = await request(url, {
      method,
      dispatcher: watched,
      signal,
      headers: { authorization, ...headers },
      body: body ?? null,
    })
      .then(async (response) => ({ status: response.statusCode, text: await readText(response.body) }))
      .catch((error: unknown) => {
        if (forbidden) return throwFailure(sendFailure("cancelled", "AbortError", ""));
        if (!(error instanceof Error) || isBug(error)) throw error;
        return throwFailure(noAnswerFailure(error, started, phase));
      });
    const { status, text } = answer;
    if ((status >= 200 && status < 300) || tolerate.includes(status)) return answer;
    return throwFailure(answerFailure(status, text, phase));
  };
}

async function readText(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    const buffer = Buffer.from(piece);
    pieces.push(buffer);
    bytes += buffer.byteLength;
    if (bytes > mostAnswerBytes) break;
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** undici reports a host that it cannot reach by TLS or DNS as a `TypeError` at times; those have a code. */
function isBug(error: Error): boolean {
  return error instanceof TypeError && !("code" in error) && error.cause === undefined;
}

/** undici calls `onRequestStart` when it has a connection and is about to write to it; nothing is written once it aborts. */
function watchStart(dispatcher: Dispatcher, onStart: () => boolean): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart(controller, context) {
          handler.onRequestStart?.(controller, context);
          if (!onStart()) controller.abort(new Error("the sender may no longer start"));
        },
        onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
        onResponseStart: (...args) => handler.onResponseStart?.(...args),
        onResponseData: (...args) => handler.onResponseData?.(...args),
        onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
        onResponseError: (...args) => handler.onResponseError?.(...args),
      }),
  );
}
