// What the tests of the feed readers share: samples, a fake API that answers from a function, ways to collect pages.
import { readFileSync } from "node:fs";
import type { ApiResponse, MicroshareApi } from "../../src/microshare/api.ts";
import type { FeedDeps, FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import type { FeedRecord, Page, Window } from "../../src/pipeline/records.ts";

export function sample(name: string): Buffer {
  return readFileSync(new URL(`../samples/${name}`, import.meta.url));
}

export function sampleObjects(name: string): Record<string, unknown>[] {
  return (JSON.parse(sample(name).toString("utf8")) as { objs: Record<string, unknown>[] }).objs;
}

export const ms = (text: string): number => Date.parse(text);
export const hour: Window = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T09:00:00Z") };
export const viewId = "650000000000000000000001";

export function options(changes: Partial<FeedOptions> = {}): FeedOptions {
  return {
    name: "rooms",
    kind: "view",
    recType: "io.microshare.lake.snapshot.hourly",
    viewId,
    viewRecType: "io.microshare.fm.master.agg",
    viewParameters: {},
    viewTrailingSlash: true,
    dataContext: [],
    timeField: "auto",
    pageSize: 999,
    ...changes,
  };
}

/** What a view's definition says, without a call; unreadable by default. */
export function defined(query?: unknown): FeedDeps["definitions"] {
  return {
    queryOf: () =>
      Promise.resolve(
        query === undefined
          ? { kind: "unreadable", why: "is not shared with this account (status 403)" }
          : { kind: "query", query: typeof query === "string" ? query : JSON.stringify(query) },
      ),
  };
}

export interface Call {
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface FakeApi extends MicroshareApi {
  readonly calls: Call[];
}

export function fakeApi(answer: (call: Call) => unknown, facts: Partial<ApiResponse> = {}): FakeApi {
  const calls: Call[] = [];
  return {
    calls,
    close: () => Promise.resolve(),
    async get(path, query, { signal }) {
      signal.throwIfAborted();
      const call = { path, query: new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])) };
      calls.push(call);
      const body = answer(call);
      return {
        body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
        contentType: "application/json",
        receivedAt: 0,
        ...facts,
      };
    },
  };
}

/** An envelope with the counts of a single, complete page. */
export function envelopeOf(objs: readonly unknown[], meta: Record<string, unknown> = {}): unknown {
  const count = objs.length;
  return {
    meta: { currentCount: count, currentPage: 1, perPage: 999, totalCount: count, totalPages: 1, ...meta },
    objs,
  };
}

export interface ReadRequest {
  readonly part?: string;
  readonly hint?: string;
  readonly signal?: AbortSignal;
}

export async function pagesOf(source: FeedSource, window: Window, request: ReadRequest = {}): Promise<Page[]> {
  const { part = "", hint, signal = new AbortController().signal } = request;
  const pages: Page[] = [];
  for await (const page of source.readPages({ part, window, signal, ...(hint === undefined ? {} : { hint }) })) {
    pages.push(page);
  }
  return pages;
}

export async function recordsOf(source: FeedSource, window: Window, request: ReadRequest = {}): Promise<FeedRecord[]> {
  return (await pagesOf(source, window, request)).flatMap((page) => page.records);
}

export function bodyOf(record: { readonly body: Uint8Array }): unknown {
  return JSON.parse(Buffer.from(record.body).toString("utf8"));
}
