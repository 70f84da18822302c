// What an account can see of views, device clusters and record types, as far as the API tells. Only names leave this file.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { MicroshareApi } from "./api.ts";
import { isObject, textAt, textsAt, valueAt } from "./json-value.ts";
import { parseJson } from "./parse-json.ts";
import { percentEncode } from "./query-string.ts";
import { readViewDefinition } from "./view-definition.ts";

export interface FoundView {
  readonly id: string;
  readonly name: string;
  /** Of the view itself. */
  readonly viewRecType: string;
  /** Absent when its query is not shown to this account. */
  readonly definition?: NonNullable<ReturnType<typeof readViewDefinition>>;
  /** Of the data, where the query names one. */
  readonly recType?: string;
}

export interface FoundCluster {
  readonly id: string;
  readonly name: string;
  /** Its source type, which ends in `packed`. */
  readonly recType: string;
  /** What its devices' records become. */
  readonly targetRecType?: string;
  readonly devices: number;
  /** First level of the places of its devices, each once. */
  readonly locations: readonly string[];
  /** Tags that its records carry. */
  readonly dataContext: readonly string[];
}

/** A list, or why it cannot be had. */
export type Found<Item> = { readonly items: readonly Item[]; readonly problem?: BridgeError };

/** All views of the account; where the API does not list all at once, those of the usual record type. */
export async function findViews(api: MicroshareApi, usual: string, signal: AbortSignal): Promise<Found<FoundView>> {
  const all = await listed(api, "/view/*", [], signal);
  const found = all.problem === undefined ? all : await listed(api, `/view/${percentEncode(usual)}`, [], signal);
  return { ...found, items: found.items.flatMap(viewOf) };
}

/** All device clusters of the account. */
export async function findClusters(api: MicroshareApi, signal: AbortSignal): Promise<Found<FoundCluster>> {
  const found = await listed(api, "/device/*", [["discover", "true"]], signal);
  return { ...found, items: found.items.flatMap(clusterOf) };
}

/** How many records of a type there are, and whether a plain read shows any of them. */
export async function lookAtType(
  api: MicroshareApi,
  recType: string,
  signal: AbortSignal,
): Promise<{ readonly total?: number; readonly readable: boolean }> {
  try {
    const query = [
      ["details", "false"],
      ["page", "1"],
      ["perPage", "20"],
    ] as const;
    const answer = await api.get(`/share/${percentEncode(recType)}`, query, { signal, feed: "discover" });
    const body = parseJson(answer, `Record type ${recType}`);
    const total = valueAt(body, "meta", "totalCount");
    const objects = valueAt(body, "objs");
    return {
      ...(typeof total === "number" ? { total } : {}),
      readable: Array.isArray(objects) && objects.length > 0,
    };
  } catch (error) {
    if (!(error instanceof BridgeError) || !REFUSED.has(error.code)) throw error;
    return { readable: false };
  }
}

/** Answers about this one list; anything else is no better for the next. */
const REFUSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ACCESS_DENIED",
  "NOT_FOUND",
  "REQUEST_REJECTED",
  "API_UNAVAILABLE",
  "RESPONSE_UNREADABLE",
  "RESPONSE_TOO_LARGE",
]);

/** Clusters are large, and the list of all may take half a minute. */
const PER_PAGE = 100;
const MOST_PAGES = 20;
const LIST_TIMEOUT_MS = 60_000;

async function listed(
  api: MicroshareApi,
  path: string,
  more: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<Found<unknown>> {
  const items: unknown[] = [];
  try {
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const query = [["details", "true"], ["page", String(page)], ["perPage", String(PER_PAGE)], ...more] as const;
      const answer = await api.get(path, query, { signal, feed: "discover", timeoutMs: LIST_TIMEOUT_MS });
      const body = parseJson(answer, `List ${path}`);
      const objects = valueAt(body, "objs");
      if (!Array.isArray(objects)) return { items, problem: noList(path) };
      items.push(...objects);
      if (objects.length === 0 || page >= Number(valueAt(body, "meta", "totalPages") ?? 1)) break;
    }
    return { items };
  } catch (error) {
    if (!(error instanceof BridgeError) || !REFUSED.has(error.code)) throw error;
    return { items, problem: error };
  }
}

function noList(path: string): BridgeError {
  return new BridgeError("RESPONSE_UNREADABLE", `List ${path}: the answer holds no list`, {
    fix: "Check MICROSHARE_API_URL. Ids can also be read in the console.",
  });
}

function viewOf(value: unknown): readonly FoundView[] {
  const id = idOf(value);
  if (id === undefined) return [];
  const query = valueAt(value, "data", "query");
  const definition = readViewDefinition(query, {});
  const recType = recTypeIn(query);
  return [
    {
      id,
      name: textAt(value, "name") ?? "",
      viewRecType: textAt(value, "recType") ?? "",
      ...(definition === undefined ? {} : { definition }),
      ...(recType === undefined ? {} : { recType }),
    },
  ];
}

/** Where the query names the record type itself, in its first comparison with one. */
function recTypeIn(query: unknown): string | undefined {
  const text = typeof query === "string" ? query : JSON.stringify(query ?? "");
  return /"recType"\s*:\s*"([\w.-]+)"/.exec(text)?.[1];
}

function clusterOf(value: unknown): readonly FoundCluster[] {
  const id = idOf(value);
  const recType = textAt(value, "recType") ?? textAt(value, "data", "recType");
  if (id === undefined || recType === undefined) return [];
  const found = valueAt(value, "data", "devices");
  const devices: readonly unknown[] = Array.isArray(found) ? found : [];
  const places = devices.flatMap((device) => textsAt(device, "meta", "location")?.[0]?.trim() ?? []);
  const targetRecType = textAt(value, "data", "targetRecType");
  const tags = (textAt(value, "data", "meta", "location") ?? "").split(",").map((tag) => tag.trim());
  return [
    {
      id,
      name: textAt(value, "name") ?? "",
      recType,
      ...(targetRecType === undefined ? {} : { targetRecType }),
      devices: devices.length,
      locations: [...new Set(places)].filter((place) => place !== ""),
      dataContext: tags.filter((tag) => tag !== ""),
    },
  ];
}

function idOf(value: unknown): string | undefined {
  const id = valueAt(value, "id") ?? valueAt(value, "_id");
  return typeof id === "string" ? id : isObject(id) ? textAt(id, "$oid") : undefined;
}
