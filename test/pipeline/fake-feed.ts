// A feed in memory, for tests of the pipeline: records with a time, an instant from which they are visible, and traps.
import { createHash } from "node:crypto";
import type { FeedSource, PageRequest } from "../../src/pipeline/ports.ts";
import type { FeedRecord, Instant, Page, UnreadableRecord, Window } from "../../src/pipeline/records.ts";

export interface FakeRecord {
  readonly key: string;
  readonly version?: string;
  readonly time: Instant;
  readonly visibleAt?: Instant;
  readonly storedAt?: Instant;
  readonly device?: string;
  readonly part?: string;
  readonly size?: number;
  readonly unreadable?: boolean;
}

export interface FakeFeed {
  readonly source: FeedSource;
  readonly requests: { part: string; window: Window }[];
  /** What the plan told to expect, before each request. */
  readonly expected: { part: string; window: Window }[][];
  add(...records: FakeRecord[]): void;
}

export interface FakeFeedOptions {
  readonly now: () => Instant;
  readonly parts?: () => readonly string[];
  readonly pageSize?: number;
  readonly limit?: number;
  readonly ascending?: boolean;
  /** Called before each page; throws, waits or changes the feed. */
  readonly beforePage?: (request: PageRequest, page: number) => void | Promise<void>;
  /** Changes what the API answers. */
  readonly alter?: (page: Page) => Page;
}

export function fakeFeed(options: FakeFeedOptions): FakeFeed {
  const records: FakeRecord[] = [];
  const requests: { part: string; window: Window }[] = [];
  const expected: { part: string; window: Window }[][] = [];
  const { pageSize = 100, ascending = false, beforePage, alter = (page) => page } = options;

  async function* readPages(request: PageRequest): AsyncGenerator<Page> {
    requests.push({ part: request.part, window: request.window });
    for (let at = 0, page = 0; ; at += pageSize, page += 1) {
      await beforePage?.(request, page);
      let found = records
        .filter((one) => (one.part ?? "") === request.part && (one.visibleAt ?? one.time) <= options.now())
        .filter((one) => one.time >= request.window.from && one.time < request.window.to);
      if (ascending) found = found.toSorted((one, other) => one.time - other.time);
      const saturated = options.limit !== undefined && found.length >= options.limit;
      const shown = found.slice(at, at + pageSize);
      const last = at + pageSize >= found.length;
      yield alter({
        records: shown.filter((one) => one.unreadable !== true).map(toRecord),
        unreadable: shown.filter((one) => one.unreadable === true).map(toUnreadable),
        filtered: 0,
        hidden: 0,
        bytes: shown.reduce((sum, one) => sum + (one.size ?? 100), 0),
        ...(last && saturated ? { saturated: { limit: options.limit ?? 0 } } : {}),
      });
      if (last) return;
    }
  }

  function expect(next: readonly PageRequest[]): void {
    expected.push(next.map(({ part, window }) => ({ part, window })));
  }

  return {
    source: { ascending, parts: async () => options.parts?.() ?? [""], readPages, expect },
    requests,
    expected,
    add: (...more) => {
      records.push(...more);
    },
  };
}

/** The event id the fake gives a record. */
export function idOf(record: Pick<FakeRecord, "key" | "version">): string {
  return half(record.key) + half(`${record.key}/${record.version ?? "1"}`);
}

function toRecord(record: FakeRecord): FeedRecord {
  const { key, version = "1", time, device = "device", size = 100 } = record;
  const body = Buffer.from(JSON.stringify({ key, version, pad: "x".repeat(Math.max(0, size - 40)) }));
  const stored = record.storedAt === undefined ? {} : { storedAt: record.storedAt };
  return { recType: "test.record", key, version, eventId: idOf(record), time, ...stored, device, body };
}

function toUnreadable(record: FakeRecord): UnreadableRecord {
  return { eventId: idOf(record), reason: "has no time", body: Buffer.from(record.key) };
}

function half(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
