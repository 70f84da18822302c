// Plain reads: lists of a recType, lists by tags, one record.
import { accessDenied, envelope, notFound, pageOf, pagingOf } from "./answer.ts";
import type { Answer, ApiRequest, EnvelopeAnswer } from "./answer.ts";
import type { Drift } from "./page-drift.ts";
import { shortJson } from "./record.ts";
import type { Entry, Store } from "./store.ts";
import type { Token } from "./tokens.ts";
import { compareValues } from "./view-match.ts";
import { getterOf } from "./view-documents.ts";
import type { Quirks } from "./types.ts";

export interface ShareParts {
  readonly store: Store;
  readonly quirks: Quirks;
  /** Called before each page after the first is cut. */
  readonly drift: Drift;
}

/** `GET /share/{recType}`, `/share/{recType}/{id}`, `/share/{recType}/tags/...`; segments come without `share`. */
export function answerShare(request: ApiRequest, segments: readonly string[], token: Token, parts: ShareParts): Answer {
  const [recType = "", second, ...rest] = segments;
  if (parts.quirks.deniedRecTypes.includes(recType)) return accessDenied();
  if (second === undefined || second === "") return listAnswer(request, recType, [], token, parts);
  if (second === "tags") return listAnswer(request, recType, rest, token, parts);
  const entry = parts.store.find(second);
  // A token of another identity still reads single records: only lists are filtered by identity.
  if (entry === undefined || entry.shown.recType !== recType || entry.shown.hidden) return notFound();
  return envelope([objectOf(entry, request)], { page: 1, perPage: 1, total: 1 });
}

/** The page is cut first and filtered by rights afterwards: a short or empty page does not mean the end. */
function listAnswer(
  request: ApiRequest,
  recType: string,
  tags: readonly string[],
  token: Token,
  { store, quirks, drift }: ShareParts,
): EnvelopeAnswer {
  const paging = pagingOf(request.query, quirks.perPageCap);
  const order = orderOf(request.query.get("sort"), quirks);
  const list = (): readonly Entry[] => withTags(store.listing(recType), tags);
  if (paging.page > 1) drift(() => cutPage(list(), order, { ...paging, page: paging.page - 1 })[0], request.now);
  const all = list();
  const page = cutPage(all, order, paging);
  const objs = page
    .filter((entry) => token.seesRecords && !entry.shown.hidden)
    .map((entry) => objectOf(entry, request));
  const total = quirks.totalCountCapped ? Math.min(all.length, paging.perPage) : all.length;
  return envelope(objs, { ...paging, total });
}

function objectOf(entry: Entry, request: ApiRequest): string {
  return request.query.get("details") === "true" ? entry.shown.json : shortJson(entry.shown);
}

function withTags(entries: readonly Entry[], tags: readonly string[]): readonly Entry[] {
  if (tags.length === 0) return entries;
  if (tags.length === 1 && tags[0] === "latest") {
    const newest = entries.at(-1)?.shown.storedAt;
    return entries.filter((entry) => entry.shown.storedAt === newest);
  }
  return entries.filter((entry) => tags.every((tag) => entry.shown.tags.includes(tag)));
}

type Order = "oldest-first" | "newest-first" | readonly string[];

function orderOf(sort: string | null, quirks: Quirks): Order {
  if (sort === null || sort === "") return quirks.defaultOrder;
  if (sort === "tstamp" || sort === "createDate") return "oldest-first";
  if (sort === "-tstamp" || sort === "-createDate") return "newest-first";
  return sort.split(",");
}

function cutPage(
  ascending: readonly Entry[],
  order: Order,
  paging: { page: number; perPage: number },
): readonly Entry[] {
  if (order === "oldest-first") return pageOf(ascending, paging);
  if (order === "newest-first") {
    const end = Math.max(0, ascending.length - (paging.page - 1) * paging.perPage);
    return ascending.slice(Math.max(0, end - paging.perPage), end).toReversed();
  }
  return pageOf(sortBy(ascending, order), paging);
}

/** By any fields, ascending; a leading minus turns one round. */
function sortBy(entries: readonly Entry[], names: readonly string[]): readonly Entry[] {
  const keys = names.map((name) => ({
    read: getterOf(name.replace(/^-/, "")),
    sign: name.startsWith("-") ? -1 : 1,
  }));
  return entries.toSorted((one, other) => {
    for (const { read, sign } of keys) {
      const order = sign * (compareValues(read({ record: one.shown }), read({ record: other.shown })) ?? 0);
      if (order !== 0) return order;
    }
    return 0;
  });
}
