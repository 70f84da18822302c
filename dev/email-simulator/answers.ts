// The answers of the mail service that says no, in the form in which it gives them.

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function refusal(status: number, code: string, message: string, retryAfterSeconds?: number): Answer {
  const headers = retryAfterSeconds === undefined ? {} : { headers: { "retry-after": String(retryAfterSeconds) } };
  return { status, ...headers, body: { error: { code, message } } };
}

export const refusals = {
  malformed: (why: string) => refusal(400, "BadRequest", why),
  unauthorized: () => refusal(401, "Denied", "Denied by the resource provider."),
  forbidden: () => refusal(403, "Forbidden", "The identity has no right to send."),
  notFound: () => refusal(404, "NotFound", "There is no such operation."),
  domainNotLinked: () => refusal(404, "DomainNotLinked", "The specified sender domain has not been linked."),
  tooLarge: () => refusal(413, "RequestEntityTooLarge", "The message is larger than the service takes."),
  throttled: (seconds: number) => refusal(429, "TooManyRequests", "The limit of the resource is reached.", seconds),
  broken: () => refusal(500, "InternalServerError", "Something broke."),
  busy: (seconds: number) => refusal(503, "ServiceUnavailable", "The service is busy.", seconds),
} as const;
