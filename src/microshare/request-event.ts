// What the client tells about every try, so that others can count.

/** One try of one request. Never holds a secret. */
export interface RequestEvent {
  readonly target: "api" | "login";
  /** Absent for logins, which all feeds share. */
  readonly feed?: string;
  readonly host: string;
  readonly method: "GET" | "POST";
  /** Origin and path; the query may hold secrets and names of customers. */
  readonly address: string;
  /** From 1; above 1 it is a retry. */
  readonly attempt: number;
  /** Absent when no usable answer came. 429 is a throttle. */
  readonly status?: number;
  readonly fault?: "timeout" | "unreachable" | "truncated" | "too-large";
  /** Of the body, after decompression. */
  readonly bytes: number;
  readonly durationMs: number;
}
