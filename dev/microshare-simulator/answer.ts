// What a handler answers, before faults and compression: a list in the usual envelope, or a text.

export type Answer = EnvelopeAnswer | TextAnswer;

export interface EnvelopeAnswer {
  readonly kind: "envelope";
  readonly meta: Meta;
  /** JSON texts, already serialised: a page is joined, never serialised again. */
  readonly objs: readonly string[];
}

export interface TextAnswer {
  readonly kind: "text";
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Meta {
  readonly currentCount: number;
  readonly currentPage: number;
  readonly perPage: number;
  readonly source: string;
  readonly totalCount: number;
  readonly totalPages: number;
}

/** One request as handlers see it. */
export interface ApiRequest {
  readonly method: string;
  /** Without the API prefix, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly queryText: string;
  readonly body: string;
  readonly contentType: string;
  readonly authorization: string | undefined;
  readonly now: number;
}

export const plainText = "text/plain; charset=UTF-8";
export const jsonType = "application/json; charset=UTF-8";

export function textAnswer(status: number, body: string, headers?: Readonly<Record<string, string>>): TextAnswer {
  return { kind: "text", status, body, contentType: plainText, ...(headers === undefined ? {} : { headers }) };
}

export function jsonAnswer(status: number, value: unknown): TextAnswer {
  return { kind: "text", status, body: JSON.stringify(value), contentType: jsonType };
}

export const notFound = (): TextAnswer =>
  textAnswer(404, "io.microshare.utils.NotFoundException: Record not found or inaccessible.");

export const accessDenied = (): TextAnswer => textAnswer(403, "Access to this path is denied");

export function unauthorized(): TextAnswer {
  return textAnswer(401, "The supplied authentication is invalid", { "www-authenticate": 'Bearer realm="microshare"' });
}

/** An envelope for objects of which `total` exist. */
export function envelope(
  objs: readonly string[],
  paging: { page: number; perPage: number; total: number },
): EnvelopeAnswer {
  return {
    kind: "envelope",
    meta: {
      currentCount: objs.length,
      currentPage: paging.page,
      perPage: paging.perPage,
      source: "db",
      totalCount: paging.total,
      totalPages: Math.ceil(paging.total / paging.perPage),
    },
    objs,
  };
}

export function bodyOf(answer: Answer): string {
  if (answer.kind === "text") return answer.body;
  return `{"meta":${JSON.stringify(answer.meta)},"objs":[${answer.objs.join(",")}]}`;
}

export const defaultPerPage = 999;

/** Empty and unreadable values count as absent. */
export function pagingOf(query: URLSearchParams, perPageCap: number | undefined): { page: number; perPage: number } {
  const perPage = wholeNumber(query.get("perPage")) ?? defaultPerPage;
  return { page: wholeNumber(query.get("page")) ?? 1, perPage: Math.min(perPage, perPageCap ?? perPage) };
}

export function pageOf<T>(list: readonly T[], paging: { page: number; perPage: number }): T[] {
  return list.slice((paging.page - 1) * paging.perPage, paging.page * paging.perPage);
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
