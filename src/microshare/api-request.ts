// The address of one API call, and its name in messages.
import type { Subject } from "./failure.ts";
import { queryString } from "./query-string.ts";

export const API_HEADERS = {
  accept: "application/json",
  "accept-encoding": "gzip",
  "user-agent": "microshare-azure-bridge",
};

/** Below the base URL, whose path prefix is kept; a trailing slash of `path` is kept too. */
export function apiUrl(base: string, path: string, query: readonly (readonly [string, string])[]): URL {
  if (!/^\/[\x21-\x7e]*$/.test(path) || /[?#]/.test(path)) {
    throw new TypeError(`not a percent-encoded absolute path: ${path}`);
  }
  const search = query.length === 0 ? "" : `?${queryString(query)}`;
  return new URL(`${base.replace(/\/+$/, "")}${path}${search}`);
}

/** The view's id is the one parameter an operator needs to tell calls apart; the rest would drown it. */
export function apiSubject(
  url: URL,
  path: string,
  query: readonly (readonly [string, string])[],
  feed: string,
): Subject {
  const id = query.find(([name]) => name === "id");
  return {
    who: `Feed "${feed}"`,
    target: "api",
    feed,
    call: `GET ${path}${id === undefined ? "" : `?${queryString([id])}`}`,
    host: url.host,
    urlSetting: "MICROSHARE_API_URL",
  };
}
