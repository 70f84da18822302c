// Reads the answers of the mail service, and the errors of its SDK where there was no answer.

/** What of an answer counts. */
export interface Seen {
  readonly status: number;
  /** Status and code, for an error's text. */
  readonly why: string;
  readonly retryAfter?: string;
  /** Of the operation. */
  readonly id?: string;
  /** In lower case: `running`, `succeeded`, `failed` and so on. */
  readonly state?: string;
  /** Why an operation failed. */
  readonly errorCode?: string;
}

interface AnyResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
  readonly bodyAsText?: string | null;
}

export function seenFrom(response: AnyResponse): Seen {
  const body = fieldsOf(jsonOf(response.bodyAsText ?? ""));
  const code = word(fieldsOf(body["error"])["code"]);
  const retryAfter = response.headers.get("retry-after");
  const id = body["id"];
  const state = word(body["status"])?.toLowerCase();
  return {
    status: response.status,
    why: [`status ${response.status}`, code].filter(Boolean).join(" "),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(typeof id === "string" && /^[\w-]{1,64}$/.test(id) ? { id } : {}),
    ...(state === undefined ? {} : { state }),
    ...(code === undefined ? {} : { errorCode: code }),
  };
}

/** At most an hour: a wrong clock somewhere must not silence the app for days. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** @param text seconds, or an HTTP date */
export function retryAfterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

/** No answer was read: the connection failed, or time was up. Everything else is a bug. */
export function isNoAnswer(error: unknown): error is Error & { readonly code?: string } {
  if (!(error instanceof Error)) return false;
  return error.name === "RestError" || error.name === "AbortError" || error.name === "TimeoutError";
}

/** A code of the service and nothing longer: texts may quote an address. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Za-z0-9_.]{1,60}$/.test(value) ? value : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
