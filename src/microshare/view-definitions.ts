// Fetches the definitions of views, and keeps them: they rarely change, and every call counts.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { Instant } from "../pipeline/records.ts";
import type { MicroshareApi } from "./api.ts";
import { valueAt } from "./json-value.ts";
import { parseJson } from "./parse-json.ts";
import { percentEncode } from "./query-string.ts";

export interface ViewDefinitions {
  /**
   * `data.query` of a view as it is stored, or why it cannot be had. Throws what may pass by itself: an API that is down,
   * throttled or out of time says nothing about the definition, unless an older reading of it is still at hand.
   */
  queryOf(view: ViewAddress, signal: AbortSignal): Promise<ViewQuery>;
}

export interface ViewAddress {
  readonly feed: string;
  readonly viewRecType: string;
  readonly viewId: string;
}

export type ViewQuery =
  | { readonly kind: "query"; readonly query: unknown }
  /** `why` completes "The definition ...". */
  | { readonly kind: "unreadable"; readonly why: string };

/** For the life of the process, over all feeds and runs. `now` is in milliseconds since 1970. */
export function createViewDefinitions(api: MicroshareApi, now: () => Instant): ViewDefinitions {
  const kept = new Map<string, { readonly found: ViewQuery; readonly at: Instant }>();
  return {
    async queryOf(view, signal) {
      const key = JSON.stringify([view.viewRecType, view.viewId]);
      const known = kept.get(key);
      if (known !== undefined && now() - known.at < KEEP_MS[known.found.kind]) return known.found;
      try {
        const found = await fetchQuery(api, view, signal);
        kept.set(key, { found, at: now() });
        return found;
      } catch (error) {
        if (known?.found.kind !== "query" || !(error instanceof BridgeError) || signal.aborted) throw error;
        return known.found;
      }
    },
  };
}

/** A right that was granted should show within the hour. */
const KEEP_MS = { query: 24 * 60 * 60 * 1000, unreadable: 60 * 60 * 1000 } as const;

/** Answers about this very definition; anything else may pass, or will meet the view itself too. */
const UNREADABLE: ReadonlyMap<ErrorCode, string> = new Map([
  ["ACCESS_DENIED", "is not shared with this account (status 403)"],
  ["NOT_FOUND", "is not found (status 404)"],
  ["REQUEST_REJECTED", "is refused by the API"],
]);

async function fetchQuery(api: MicroshareApi, view: ViewAddress, signal: AbortSignal): Promise<ViewQuery> {
  const { feed, viewRecType, viewId } = view;
  const path = `/view/${percentEncode(viewRecType)}/${percentEncode(viewId)}`;
  const what = `Feed "${feed}", definition of view ${viewId}`;
  try {
    const answer = parseJson(await api.get(path, [["details", "true"]], { signal, feed }), what);
    const objects = valueAt(answer, "objs");
    const query = Array.isArray(objects) ? valueAt(objects[0], "data", "query") : valueAt(answer, "data", "query");
    const isThere = (typeof query === "string" && query.trim() !== "") || (typeof query === "object" && query !== null);
    return isThere ? { kind: "query", query } : { kind: "unreadable", why: "does not show its query to this account" };
  } catch (error) {
    const why = error instanceof BridgeError ? UNREADABLE.get(error.code) : undefined;
    if (why === undefined) throw error;
    return { kind: "unreadable", why };
  }
}
