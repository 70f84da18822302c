// A share list in memory: pages are cut first and filtered by rights afterwards, as the platform does it.
import { fakeApi, type Call, type FakeApi } from "./feeds.ts";

export interface ListedRecord {
  readonly id: string;
  readonly tstamp: number;
  readonly hidden?: boolean;
}

export interface FakeShareList extends FakeApi {
  /** Ascending; may be changed at any time. */
  readonly records: ListedRecord[];
}

export interface ListBehaviour {
  /** Called before each answer, with the page asked for. */
  before?(page: number, records: ListedRecord[]): void;
  /** What `meta` says instead. */
  meta?(meta: Readonly<Record<string, number>>): Record<string, unknown>;
  /** The page shown instead of the one asked for. */
  page?(page: number): number;
  order?(records: readonly ListedRecord[]): readonly ListedRecord[];
  /** `totalCount` never exceeds `perPage`. */
  readonly capped?: boolean;
}

export function fakeShareList(records: readonly ListedRecord[], behaviour: ListBehaviour = {}): FakeShareList {
  const list = [...records];
  const answer = ({ query }: Call): unknown => {
    const asked = Number(query.get("page"));
    const perPage = Number(query.get("perPage"));
    behaviour.before?.(asked, list);
    const page = behaviour.page?.(asked) ?? asked;
    const ordered = behaviour.order?.(list) ?? list;
    const shown = ordered.slice((page - 1) * perPage, page * perPage).filter((record) => record.hidden !== true);
    const totalCount = behaviour.capped === true ? Math.min(list.length, perPage) : list.length;
    const meta = {
      currentCount: shown.length,
      currentPage: asked,
      perPage,
      totalCount,
      totalPages: Math.ceil(totalCount / perPage),
    };
    return { meta: behaviour.meta?.(meta) ?? meta, objs: shown.map(toObject) };
  };
  return Object.assign(fakeApi(answer, { answeredAt: 1000, receivedAt: 1500 }), { records: list });
}

/** `count` records, one every `stepMs`. */
export function listOf(count: number, stepMs = 1000, hidden: (index: number) => boolean = () => false): ListedRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    id: idOf(index),
    tstamp: START + index * stepMs,
    ...(hidden(index) ? { hidden: true } : {}),
  }));
}

export const START = Date.parse("2025-01-01T00:00:00Z");

export function idOf(index: number): string {
  return `67748580${String(index).padStart(16, "0")}`;
}

function toObject({ id, tstamp }: ListedRecord): unknown {
  return {
    id,
    _id: id,
    tstamp,
    checksum: id,
    recType: "io.example",
    owner: { org: "com.example" },
    data: { meta: { global: ["a"] } },
  };
}
