// A finished request in the words of the HTTP conventions.
import type { FinishedRequest } from "./telemetry.ts";

export interface RequestSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Absent for an answer below 400. */
  readonly failure?: string;
}

/** Addresses have neither user nor query: where they come from has cut them off. */
export function requestAttributes(request: FinishedRequest): RequestSpan {
  const { method, address, attempt, status, fault, bytes } = request;
  const url = new URL(address);
  const failure = fault ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  return {
    name: `${method} ${url.pathname}`,
    attributes: {
      "http.request.method": method,
      "url.full": `${url.origin}${url.pathname}`,
      "server.address": url.hostname,
      "http.response.body.size": bytes,
      ...(status === undefined ? {} : { "http.response.status_code": status }),
      ...(attempt > 1 ? { "http.request.resend_count": attempt - 1 } : {}),
      ...(failure === undefined ? {} : { "error.type": failure }),
    },
    ...(failure === undefined ? {} : { failure: fault ?? `status ${status}` }),
  };
}
