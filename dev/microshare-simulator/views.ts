// Runs views, and shows their definitions.
import { accessDenied, envelope, notFound, pageOf, pagingOf, textAnswer } from "./answer.ts";
import type { Answer, ApiRequest, EnvelopeAnswer } from "./answer.ts";
import type { Store } from "./store.ts";
import { usDateText } from "./time-text.ts";
import type { Token } from "./tokens.ts";
import type { Quirks } from "./types.ts";
import type { View } from "./view-definitions.ts";
import { jsonOf, ViewQueryError } from "./view-documents.ts";
import { newestFirst } from "./view-source.ts";
import { parsePipeline, runPipeline } from "./view-stages.ts";
import { fillTemplate } from "./view-template.ts";

export interface ViewParts {
  readonly store: Store;
  readonly quirks: Quirks;
  readonly views: Map<string, View>;
  /** Lists kept for byte-identical queries. */
  readonly cache: Map<string, { readonly until: number; readonly objs: readonly string[] }>;
}

/** `GET /share/{viewRecType}/?id=VIEW&...`. */
export function answerViewRun(request: ApiRequest, recType: string, token: Token, parts: ViewParts): Answer {
  const { quirks, views } = parts;
  if (quirks.trailingSlash === "required" && !request.path.endsWith("/")) return accessDenied();
  const view = views.get(request.query.get("id") ?? "");
  if (view === undefined || view.recType !== recType) return notFound();
  try {
    return paged(cachedObjects(request, view, token, parts), request, quirks);
  } catch (error) {
    if (!(error instanceof ViewQueryError)) throw error;
    return textAnswer(503, error.message);
  }
}

/** `GET /view/{viewRecType}`, `/view/*`, `/view/{viewRecType}/{id}`; segments come without `view`. */
export function answerViewDefinition(request: ApiRequest, segments: readonly string[], parts: ViewParts): Answer {
  const [recType = "", id] = segments;
  const views = [...parts.views.values()].filter((view) => recType === "*" || view.recType === recType);
  if (id !== undefined && id !== "") {
    const view = views.find((candidate) => candidate.id === id);
    return view === undefined ? notFound() : envelope([definitionJson(view)], { page: 1, perPage: 1, total: 1 });
  }
  const paging = pagingOf(request.query, parts.quirks.perPageCap);
  return envelope(pageOf(views, paging).map(definitionJson), { ...paging, total: views.length });
}

function cachedObjects(request: ApiRequest, view: View, token: Token, parts: ViewParts): readonly string[] {
  const { cache, quirks } = parts;
  const key = `${token.identity} ${request.path}?${request.queryText}`;
  const known = cache.get(key);
  if (known !== undefined && request.now < known.until) return known.objs;
  const objs = runView(request, view, token, parts);
  if (quirks.viewCacheMs > 0) cache.set(key, { until: request.now + quirks.viewCacheMs, objs });
  // Oldest first out: the cache is a trap to be tested, not a memory of everything.
  for (const oldest of cache.keys()) {
    if (cache.size <= 50) break;
    cache.delete(oldest);
  }
  return objs;
}

function runView(request: ApiRequest, view: View, token: Token, { store, quirks }: ViewParts): string[] {
  const stages = parsePipeline(fillTemplate(view.query, request.query));
  const showHidden = quirks.viewsBypassRights;
  const docs = runPipeline(stages, token.seesRecords ? newestFirst(store, stages, showHidden) : []);
  return docs.map((doc) => (view.output === "record" ? jsonOf(doc) : derivedJson(view, jsonOf(doc), request.now)));
}

function paged(objs: readonly string[], request: ApiRequest, quirks: Quirks): EnvelopeAnswer {
  const paging = pagingOf(request.query, quirks.perPageCap);
  if (quirks.viewPaging === "works") return envelope(pageOf(objs, paging), { ...paging, total: objs.length });
  const all = envelope(objs, { page: 1, perPage: paging.perPage, total: objs.length });
  return { ...all, meta: { ...all.meta, totalPages: Math.min(1, all.meta.totalPages) } };
}

/** The outer object of a derived result: its ids are those of the view. */
function derivedJson(view: View, data: string, now: number): string {
  const before = { desc: `Derived from ${view.recType}`, name: "Derived Data", url: `/share/${view.recType}` };
  const after = { id: view.id, tstamp: usDateText(now), recType: view.recType };
  const head = JSON.stringify({ ...before, _id: view.id, tags: [] }).slice(0, -1);
  return `${head},"data":${data},${JSON.stringify(after).slice(1)}`;
}

function definitionJson(view: View): string {
  const data = { ...(view.queryHidden ? {} : { query: view.query }), fieldMapping: "{}" };
  return JSON.stringify({
    _id: view.id,
    data,
    desc: `View ${view.name}`,
    id: view.id,
    name: view.name,
    recType: view.recType,
    tags: [],
  });
}
