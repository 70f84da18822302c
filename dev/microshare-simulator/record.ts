// One version of one record: its payload, checksum and the forms in which answers show it.
import { hash } from "node:crypto";
import { isoText, usDateText } from "./time-text.ts";
import type { SimulatedRecord } from "./types.ts";

export const account = "svc-poller@example.com";
const writer = "pipeline@example.com";
const applicationId = "0A1B2C3D-1111-2222-333344445555AAAA";

/** What all records of one device and kind have in common, so that a large fleet holds it once. */
export interface Series {
  readonly recType: string;
  readonly device: string;
  readonly place: readonly string[];
  readonly global: readonly string[];
  readonly category: string | undefined;
  readonly metric: string | undefined;
  readonly tags: readonly string[];
  readonly ownerOrg: string;
  readonly hidden: boolean;
  readonly legacy: boolean;
  /** `data.meta.iot.time` of the payload made for that time. */
  readonly iotTimeAt: (time: number) => string | undefined;
  /** Makes the payload; the same on every call. */
  readonly payload: (time: number, version: number) => unknown;
}

/** What is a record's own. */
export interface RecordFacts {
  readonly id: string;
  readonly version: number;
  readonly time: number;
  readonly storedAt: number;
  readonly changedAt: number;
  readonly visibleFrom: number;
  readonly repeated: boolean;
  readonly late: boolean;
  /** Stands in answers instead of the record's JSON. */
  readonly raw: string | undefined;
  /** The version first stored, whose checksum stays in `origin`; absent for that one itself. */
  readonly first: SimulatedRecord | undefined;
}

/**
 * A record as the store keeps it. A class, against the habit, because 300,000 of them must share their getters: nothing
 * is serialised before it is asked for; JSON and checksum are then kept, the payload is made anew each time.
 */
export class StoredRecord implements SimulatedRecord {
  readonly series: Series;
  readonly id: string;
  readonly version: number;
  readonly time: number;
  readonly storedAt: number;
  readonly changedAt: number;
  readonly visibleFrom: number;
  readonly repeated: boolean;
  readonly late: boolean;
  /** Known only once it is replaced or removed. */
  visibleUntil: number | undefined = undefined;
  readonly #raw: string | undefined;
  readonly #first: SimulatedRecord | undefined;
  #iotTime: string | undefined = undefined;
  #checksum: string | undefined = undefined;
  #json: string | undefined = undefined;

  constructor(series: Series, facts: RecordFacts) {
    this.series = series;
    this.id = facts.id;
    this.version = facts.version;
    this.time = facts.time;
    this.storedAt = facts.storedAt;
    this.changedAt = facts.changedAt;
    this.visibleFrom = facts.visibleFrom;
    this.repeated = facts.repeated;
    this.late = facts.late;
    this.#raw = facts.raw;
    this.#first = facts.first;
  }

  get recType(): string {
    return this.series.recType;
  }
  get device(): string {
    return this.series.device;
  }
  get place(): readonly string[] {
    return this.series.place;
  }
  get global(): readonly string[] {
    return this.series.global;
  }
  get category(): string | undefined {
    return this.series.category;
  }
  get metric(): string | undefined {
    return this.series.metric;
  }
  get tags(): readonly string[] {
    return this.series.tags;
  }
  get ownerOrg(): string {
    return this.series.ownerOrg;
  }
  get hidden(): boolean {
    return this.series.hidden;
  }
  get iotTime(): string | undefined {
    this.#iotTime ??= this.series.iotTimeAt(this.time);
    return this.#iotTime;
  }
  get data(): unknown {
    return this.series.payload(this.time, this.version);
  }
  get checksum(): string {
    this.#checksum ??= checksumOf(JSON.stringify(this.data) ?? "null");
    return this.#checksum;
  }
  get json(): string {
    this.#json ??= this.#raw ?? fullJson(this, this.#first ?? this);
    return this.#json;
  }
}

/** Upper-case hex SHA-256 of the compact JSON, `L`, and its length. */
export function checksumOf(compactJson: string): string {
  return `${hash("sha256", compactJson, "hex").toUpperCase()}L${compactJson.length}`;
}

/** What `details=false` shows. */
export function shortJson(record: SimulatedRecord): string {
  return JSON.stringify({
    name: "",
    url: `/share/${record.recType}/${record.id}`,
    _id: { $oid: record.id },
    ...tagsOf(record),
    id: record.id,
    tstamp: usDateText(record.storedAt),
    recType: record.recType,
  });
}

/** Global tags, then the place, without empty ones. */
export function defaultTags(global: readonly string[], place: readonly string[]): string[] {
  return [...global, ...place].filter((tag) => tag !== "");
}

function fullJson(record: StoredRecord, first: SimulatedRecord): string {
  return JSON.stringify(record.series.legacy ? legacyForm(record, first) : currentForm(record, first));
}

function currentForm(record: SimulatedRecord, first: SimulatedRecord): Record<string, unknown> {
  return {
    _id: record.id,
    checksum: record.checksum,
    createDate: isoText(record.storedAt),
    creatorId: writer,
    data: record.data,
    desc: "",
    id: record.id,
    name: "",
    origin: originOf(record, first, isoText(record.storedAt)),
    owner: { appid: applicationId, org: record.ownerOrg, owners: [], user: writer },
    recType: record.recType,
    ...tagsOf(record),
    tstamp: record.storedAt,
    updateDate: isoText(record.changedAt),
    updaterId: writer,
  };
}

function legacyForm(record: SimulatedRecord, first: SimulatedRecord): Record<string, unknown> {
  return {
    updaterId: writer,
    desc: "",
    name: "",
    createDate: { $date: record.storedAt },
    _id: { $oid: record.id },
    ...tagsOf(record),
    data: record.data,
    creatorId: writer,
    id: record.id,
    checksum: record.checksum,
    tstamp: { $numberLong: String(record.storedAt) },
    origin: originOf(record, first, { $numberLong: String(record.storedAt) }),
    recType: record.recType,
    owner: { appid: applicationId, org: record.ownerOrg, user: writer },
  };
}

function originOf(record: SimulatedRecord, first: SimulatedRecord, createDate: unknown): Record<string, unknown> {
  return {
    checksum: first.checksum,
    createDate,
    creatorId: writer,
    desc: `Record of Type ${record.recType}`,
    id: record.id,
    name: record.recType,
    remoteAddress: "192.0.2.10",
    tokendata: { id: "00000000-0000-4000-8000-000000000001", ip: "192.0.2.11" },
  };
}

function tagsOf(record: SimulatedRecord): { tags?: readonly string[] } {
  return record.tags.length === 0 ? {} : { tags: record.tags };
}
