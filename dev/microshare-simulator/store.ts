// The data lake: what is stored, in which order it is listed, what changed when.
import { createDueQueue } from "./due-queue.ts";
import { StoredRecord } from "./record.ts";
import type { Series } from "./record.ts";
import type { SimulatedRecord, VisibleQuery } from "./types.ts";

/** A record through all its versions. `shown` is the one that answers carry. */
export interface Entry {
  shown: StoredRecord;
  /** Oldest first; absent for the many that never change. */
  replaced: StoredRecord[] | undefined;
  removed: boolean;
}

export type Change =
  | { readonly kind: "store"; readonly at: number; readonly record: StoredRecord }
  | { readonly kind: "rewrite"; readonly at: number; readonly id: string; readonly next: NextVersion }
  | { readonly kind: "remove"; readonly at: number; readonly id: string };

/** What the next version is made of, from the one it replaces. */
export type NextVersion = (shown: StoredRecord) => { readonly series: Series; readonly raw: string | undefined };

/** Makes the changes of a span of time that begins where the last one ended. */
export type Producer = (to: number) => Iterable<{ readonly readyTo: number; readonly changes: readonly Change[] }>;

export interface Store {
  /** Applies everything due by then. The past never changes back: an earlier instant does nothing. */
  advance(now: number): void;
  /** Applied at once when due, else when `advance` reaches it. */
  change(change: Change): void;
  find(id: string): Entry | undefined;
  /** Ascending by storage time, then id, removed ones included; of all recTypes when none is named. */
  history(recType: string | undefined): readonly Entry[];
  /** The same without removed ones; an entry stands twice when its record is marked as repeated. */
  listing(recType: string): readonly Entry[];
  visible(query: VisibleQuery): SimulatedRecord[];
}

export function createStore(produce: Producer): Store {
  const byId = new Map<string, Entry>();
  const histories = new Map<string, Entry[]>();
  const listings = new Map<string, Entry[]>();
  const pending = createDueQueue<Change>();
  let now = Number.NEGATIVE_INFINITY;

  const history = (recType: string | undefined): readonly Entry[] =>
    recType === undefined ? [...histories.values()].flat().toSorted(compareEntries) : (histories.get(recType) ?? []);

  const apply = (change: Change): void => {
    if (change.kind === "store") return store(change.record);
    const entry = byId.get(change.id);
    if (entry === undefined) return;
    entry.shown.visibleUntil = change.at;
    if (change.kind === "remove") return remove(entry);
    (entry.replaced ??= []).push(entry.shown);
    entry.shown = nextVersion(entry, change);
  };

  const store = (record: StoredRecord): void => {
    if (byId.has(record.id)) throw new Error(`the simulator already has a record with id ${record.id}`);
    const entry: Entry = { shown: record, replaced: undefined, removed: false };
    byId.set(record.id, entry);
    insert(listOf(histories, record.recType), entry);
    insert(listOf(listings, record.recType), entry);
    if (record.repeated) insert(listOf(listings, record.recType), entry);
  };

  const remove = (entry: Entry): void => {
    entry.removed = true;
    byId.delete(entry.shown.id);
    const listing = listOf(listings, entry.shown.recType);
    for (let index = listing.indexOf(entry); index >= 0; index = listing.indexOf(entry)) listing.splice(index, 1);
  };

  const applyDue = (to: number): void => {
    for (let due = pending.takeDue(to); due !== undefined; due = pending.takeDue(to)) apply(due.item);
  };

  return {
    advance(to) {
      if (to < now) return;
      now = to;
      for (const { readyTo, changes } of produce(to)) {
        for (const change of changes) pending.put(change.at, change);
        applyDue(Math.min(readyTo, to));
      }
      applyDue(to);
    },
    change(change) {
      if (change.at <= now) return apply(change);
      pending.put(change.at, change);
    },
    find: (id) => byId.get(id),
    listing: (recType) => listings.get(recType) ?? [],
    history,
    visible(query) {
      const found: SimulatedRecord[] = [];
      const collect = (version: SimulatedRecord): void => {
        if (isAsked(version, query, query.at ?? now)) found.push(version);
      };
      for (const entry of history(query.recType)) {
        entry.replaced?.forEach(collect);
        collect(entry.shown);
      }
      return found;
    },
  };
}

function nextVersion(entry: Entry, change: Change & { kind: "rewrite" }): StoredRecord {
  const { id, time, storedAt, repeated, late, version } = entry.shown;
  const { series, raw } = change.next(entry.shown);
  const first = entry.replaced?.[0] ?? entry.shown;
  const written = { version: version + 1, changedAt: change.at, visibleFrom: change.at };
  return new StoredRecord(series, { id, time, storedAt, repeated, late, raw, first, ...written });
}

function isAsked(version: SimulatedRecord, query: VisibleQuery, at: number): boolean {
  if (version.visibleFrom > at) return false;
  if (query.currentOnly === true && (version.visibleUntil ?? Number.POSITIVE_INFINITY) <= at) return false;
  if (version.hidden && query.includeHidden !== true) return false;
  const instant = version[query.by ?? "time"];
  return instant >= (query.from ?? Number.NEGATIVE_INFINITY) && instant < (query.to ?? Number.POSITIVE_INFINITY);
}

function listOf(lists: Map<string, Entry[]>, recType: string): Entry[] {
  const known = lists.get(recType);
  if (known !== undefined) return known;
  const list: Entry[] = [];
  lists.set(recType, list);
  return list;
}

/** Nearly always at the end: records mostly arrive in the order of storage. */
function insert(list: Entry[], entry: Entry): void {
  const last = list.at(-1);
  if (last === undefined || compareEntries(last, entry) <= 0) {
    list.push(entry);
    return;
  }
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = list[middle];
    if (candidate !== undefined && compareEntries(candidate, entry) > 0) high = middle;
    else low = middle + 1;
  }
  list.splice(low, 0, entry);
}

function compareEntries(one: Entry, other: Entry): number {
  const [a, b] = [one.shown, other.shown];
  if (a.storedAt !== b.storedAt) return a.storedAt - b.storedAt;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
