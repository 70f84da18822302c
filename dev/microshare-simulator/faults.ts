// Everything that can be made to go wrong, each fault with its own scope.

/** Which requests a fault hits, and how often. */
export interface FaultScope {
  /**
   * Text contained in, pattern for, or test of `path?query` (the path alone for token and login requests).
   * Default: every API request; token and login requests only when this is given.
   */
  readonly path?: string | RegExp | ((pathAndQuery: string) => boolean);
  /** How many matching requests it hits. Default: all, until cleared. */
  readonly times?: number;
  /** How many matching requests pass unharmed first. Default 0. */
  readonly after?: number;
  /** Half-open span `[from, to)` of the clock in which it is active. Default: always. */
  readonly from?: number;
  readonly to?: number;
}

export interface FaultHandle {
  /** Requests hit so far. */
  readonly hits: number;
  clear(): void;
}

export type Effect =
  | {
      readonly kind: "fail";
      readonly status: number;
      readonly body: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: "hang" }
  | { readonly kind: "delay"; readonly wait: (pathAndQuery: string) => Promise<void> }
  | { readonly kind: "disconnect" }
  | { readonly kind: "resetMidBody" }
  | { readonly kind: "truncateGzip" }
  | { readonly kind: "html" }
  | { readonly kind: "malformJson" }
  | { readonly kind: "ignorePage"; readonly echoPage: boolean }
  | { readonly kind: "pageDrift"; readonly change: "delete" | "insert" }
  | { readonly kind: "wrongTotals"; readonly totalCount: number | undefined; readonly totalPages: number | undefined }
  | { readonly kind: "emptyObjs" }
  | { readonly kind: "wrongIdentity"; readonly identity: string }
  | { readonly kind: "dateSkew"; readonly skewMs: number }
  | { readonly kind: "noDate" };

export interface Faults {
  /** Any status. A 429 usually comes with `headers: { "retry-after": "7" }` or a date. */
  fail(answer: { status: number; body?: string; headers?: Record<string, string> }, scope?: FaultScope): FaultHandle;
  /** 503 with the server toolkit's own text for overload. */
  overload(scope?: FaultScope): FaultHandle;
  /** Overload for every API request while the clock is in `[from, to)`. */
  outage(from: number, to: number): FaultHandle;
  /** Never answers; the connection stays open until the client or `close` ends it. */
  hang(scope?: FaultScope): FaultHandle;
  /** Answers after the promise: the test decides how long that is. */
  delay(wait: (pathAndQuery: string) => Promise<void>, scope?: FaultScope): FaultHandle;
  /** Closes the connection instead of answering. */
  disconnect(scope?: FaultScope): FaultHandle;
  /** Sends the head and half of the body, then closes the connection. */
  resetMidBody(scope?: FaultScope): FaultHandle;
  /** A complete HTTP answer whose gzip stream breaks off in the middle. */
  truncateGzip(scope?: FaultScope): FaultHandle;
  /** 200 with a page for people. */
  html(scope?: FaultScope): FaultHandle;
  /** 200 with the first half of the JSON. */
  malformJson(scope?: FaultScope): FaultHandle;
  /** Page 1 whatever was asked for. With `echoPage` the answer claims to be the page asked for. Default false. */
  ignorePage(scope?: FaultScope & { echoPage?: boolean }): FaultHandle;
  /** Before a share list's page after the first is cut, a record of the page before vanishes, or one appears there. */
  pageDrift(change: "delete" | "insert", scope?: FaultScope): FaultHandle;
  wrongTotals(totals: { totalCount?: number; totalPages?: number }, scope?: FaultScope): FaultHandle;
  /** `objs` empty while `totalCount` is above 0: the look of missing rights. */
  emptyObjs(scope?: FaultScope): FaultHandle;
  /** Token answers name another identity. */
  wrongIdentity(identity: string, scope?: FaultScope): FaultHandle;
  /** The `Date` header is off by this much, on all three servers unless a path is given. */
  dateSkew(skewMs: number, scope?: FaultScope): FaultHandle;
  noDate(scope?: FaultScope): FaultHandle;
  /** Every token issued so far is refused from now on. */
  expireTokens(): void;
  /** Ends all faults. */
  clear(): void;
}

/** The server's side: which faults hit a request. Counts the hit. */
export interface ActiveFaults {
  hitsOn(request: { server: "api" | "auth" | "app"; pathAndQuery: string; now: number }): Effect[];
}

export const overloadText =
  "The server was not able to produce a timely response to your request.\r\nPlease try again in a short while!";

export function createFaults(expireTokens: () => void): Faults & ActiveFaults {
  const active = new Set<Fault>();
  const add = (effect: Effect, scope: FaultScope = {}): FaultHandle => {
    const fault: Fault = { effect, scope, matched: 0, hits: 0, clear: () => void active.delete(fault) };
    active.add(fault);
    return fault;
  };
  const overload = (scope?: FaultScope): FaultHandle =>
    add({ kind: "fail", status: 503, body: overloadText, headers: {} }, scope);
  return {
    fail: ({ status, body = `Error ${status}`, headers = {} }, scope) =>
      add({ kind: "fail", status, body, headers }, scope),
    overload,
    outage: (from, to) => overload({ from, to }),
    hang: (scope) => add({ kind: "hang" }, scope),
    delay: (wait, scope) => add({ kind: "delay", wait }, scope),
    disconnect: (scope) => add({ kind: "disconnect" }, scope),
    resetMidBody: (scope) => add({ kind: "resetMidBody" }, scope),
    truncateGzip: (scope) => add({ kind: "truncateGzip" }, scope),
    html: (scope) => add({ kind: "html" }, scope),
    malformJson: (scope) => add({ kind: "malformJson" }, scope),
    ignorePage: (scope) => add({ kind: "ignorePage", echoPage: scope?.echoPage ?? false }, scope),
    pageDrift: (change, scope) => add({ kind: "pageDrift", change }, scope),
    wrongTotals: ({ totalCount, totalPages }, scope) => add({ kind: "wrongTotals", totalCount, totalPages }, scope),
    emptyObjs: (scope) => add({ kind: "emptyObjs" }, scope),
    wrongIdentity: (identity, scope) => add({ kind: "wrongIdentity", identity }, { path: "/oauth2/token", ...scope }),
    dateSkew: (skewMs, scope) => add({ kind: "dateSkew", skewMs }, { path: () => true, ...scope }),
    noDate: (scope) => add({ kind: "noDate" }, { path: () => true, ...scope }),
    expireTokens,
    clear: () => active.clear(),
    hitsOn: (request) => [...active].filter((fault) => hits(fault, request)).map((fault) => fault.effect),
  };
}

interface Fault extends FaultHandle {
  readonly effect: Effect;
  readonly scope: FaultScope;
  matched: number;
  hits: number;
}

function hits(fault: Fault, request: Parameters<ActiveFaults["hitsOn"]>[0]): boolean {
  const { path, times = Number.POSITIVE_INFINITY, after = 0, from = request.now, to } = fault.scope;
  if (request.now < from || (to !== undefined && request.now >= to)) return false;
  if (!matches(path, request)) return false;
  if (fault.effect.kind === "pageDrift" && !/[?&]page=(?!1(?:&|$))\d/.test(request.pathAndQuery)) return false;
  fault.matched += 1;
  if (fault.matched <= after || fault.hits >= times) return false;
  fault.hits += 1;
  return true;
}

function matches(path: FaultScope["path"], request: Parameters<ActiveFaults["hitsOn"]>[0]): boolean {
  if (path === undefined) return request.server === "api";
  if (typeof path === "string") return request.pathAndQuery.includes(path);
  return typeof path === "function" ? path(request.pathAndQuery) : path.test(request.pathAndQuery);
}
