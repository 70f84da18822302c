// What users of the simulator see: its options, records, request log and switches.
import type { Faults } from "./faults.ts";
import type { ViewInput } from "./view-definitions.ts";

export interface SimulatorOptions {
  /** Same seed, same clock readings, same requests: same bytes. */
  readonly seed: number;
  /** Milliseconds since 1970 UTC. Must not run backwards: what the platform stored once stays stored. */
  readonly clock: { now(): number };
  readonly fleet?: FleetOptions;
  /** Compress answers for clients that accept it. Default true. */
  readonly gzip?: boolean;
  /** Serve https. The versions bound what the server offers (`TLSv1.2`, `TLSv1.3`). */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    readonly minVersion?: "TLSv1.2" | "TLSv1.3";
    readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
  };
  /** Path in front of every API call, as on vanity hosts (`/api`). Default none. */
  readonly apiPrefix?: string;
  /** Write every record in the oldest encodings (`{"$oid"}`, `{"$date"}`, `{"$numberLong"}`). Default false. */
  readonly legacyEncodings?: boolean;
  readonly quirks?: Partial<Quirks>;
  /** Hears every request whole, with all its secrets, before it is answered. `requests` keeps less. */
  readonly onRequest?: (request: WholeRequest) => void;
}

export interface WholeRequest {
  readonly server: "api" | "auth" | "app";
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Name, value, name, value ... as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface FleetOptions {
  /** Default 2; 0 means no fleet at all, only what `add` puts in. */
  readonly buildings?: number;
  /** Default 4. */
  readonly roomsPerBuilding?: number;
  /** Default 2. */
  readonly devicesPerRoom?: number;
  /** First instant for which data exists. Default: 24 hours before the clock at the start. */
  readonly startAt?: number;
  /** Rhythm of each motion sensor; fractions are allowed. Default 15. */
  readonly motionEveryMinutes?: number;
  /** Rhythm of the people counters. Default 15. */
  readonly peopleEveryMinutes?: number;
  /** Share of records stored late, 0 to 1. Default 0.02. */
  readonly lateShare?: number;
  /** Share of records rewritten once (same id, new checksum), minutes to hours after they were stored. Default 0.02. */
  readonly rewrittenShare?: number;
  /** Share of records that stand twice wherever records are listed one by one. Default 0.01. */
  readonly repeatedShare?: number;
  /** Share of extra records of another tenant: counted by share lists, never shown. Default 0.05. */
  readonly foreignShare?: number;
  /** Longest extra delay of a late record. Default 3 hours. */
  readonly maxLateMs?: number;
  /** Time between storage (`createDate`) and the first answer that shows the record. Default 0. */
  readonly visibilityLagMs?: number;
}

/** Behaviour of the platform that is unknown or differs between tenants. May be changed while the simulator runs. */
export interface Quirks {
  /** Larger `perPage` values are cut to this. Default: no cap. */
  perPageCap: number | undefined;
  /** `required`: a view call without the slash is refused with 403. Default `optional`. */
  trailingSlash: "optional" | "required";
  /** Whether `page` and `perPage` act on view results. Default `works`. */
  viewPaging: "works" | "ignored";
  /** How long a view answers a byte-identical query from its cache, by the clock. Default 5 minutes; 0 is off. */
  viewCacheMs: number;
  /** Views also show records hidden by rights. Default false. */
  viewsBypassRights: boolean;
  /** Plain reads of these recTypes get 403. Default none. */
  deniedRecTypes: readonly string[];
  /** `totalCount` never exceeds `perPage`, and `totalPages` follows it. Default false. */
  totalCountCapped: boolean;
  /** Order of share lists without `sort`. Default `newest-first`. */
  defaultOrder: "newest-first" | "oldest-first";
  /** Identity of a token whose request names none, or an unknown one. */
  defaultIdentity: string;
  /** `expires_in` of the token answer. Default: the field is absent, as in every documented answer. */
  expiresInSeconds: number | undefined;
  /** Tokens need the scopes of what they do: `SHARE:READ`; views also `SHARE:QUERY` and `SHARE:EXECUTE`. Default false. */
  enforceScopes: boolean;
  /** How a web login with correct credentials ends. Default `ok`. */
  webLogin: WebLoginOutcome;
}

export type WebLoginOutcome =
  | "ok"
  | "login-page"
  | "no-cookie"
  | "flash-error"
  | "two-parts"
  | "bad-base64"
  | "not-json"
  | "no-expiry";

/** One version of one record. Everything costly (`data`, `checksum`, `json`) is worked out when first asked for. */
export interface SimulatedRecord {
  readonly id: string;
  readonly recType: string;
  /** Counts from 1; a rewrite adds one. */
  readonly version: number;
  /** Event time, `data.time` where the record has one. */
  readonly time: number;
  /** `createDate` and `tstamp`; the same for all versions. */
  readonly storedAt: number;
  /** `updateDate`: when this version was written. */
  readonly changedAt: number;
  /** First instant at which an answer shows this version. */
  readonly visibleFrom: number;
  /** First instant at which it no longer does: rewritten or removed. */
  readonly visibleUntil: number | undefined;
  readonly device: string;
  /** `data.meta.device`. */
  readonly place: readonly string[];
  /** `data.meta.global`. */
  readonly global: readonly string[];
  /** `data.meta.iot.time`, the text that views compare. */
  readonly iotTime: string | undefined;
  readonly category: string | undefined;
  readonly metric: string | undefined;
  readonly tags: readonly string[];
  readonly ownerOrg: string;
  /** Counted but not shown to the account. */
  readonly hidden: boolean;
  readonly repeated: boolean;
  readonly late: boolean;
  readonly data: unknown;
  readonly checksum: string;
  /** The full record as lists with `details=true` show it. */
  readonly json: string;
}

/** A record of the test's own. Only the recType is needed. */
export interface RecordInput {
  readonly recType: string;
  readonly id?: string;
  /** Default: the clock. */
  readonly time?: number;
  /** Default: `time`. */
  readonly storedAt?: number;
  /** Default: `storedAt`. A future instant keeps the record back until the clock gets there. */
  readonly visibleFrom?: number;
  readonly device?: string;
  readonly place?: readonly string[];
  readonly global?: readonly string[];
  readonly category?: string;
  readonly metric?: string;
  /** Default: global tags, then place, empty ones dropped. */
  readonly tags?: readonly string[];
  readonly ownerOrg?: string;
  readonly hidden?: boolean;
  readonly repeated?: boolean;
  readonly legacy?: boolean;
  /** Default: a small payload made of the fields above. */
  readonly data?: unknown;
  /** Text put into the answer instead of the record's JSON: a record without an id, broken JSON, anything. */
  readonly raw?: string;
}

export interface RecordChange {
  /** New payload, or a function of the old one. Default: the old one with `revision` counted up. */
  readonly data?: unknown;
  readonly change?: (data: unknown) => unknown;
  readonly raw?: string;
  /** Default: the clock. */
  readonly at?: number;
}

export interface VisibleQuery {
  /** Default: all recTypes. */
  readonly recType?: string;
  /** Versions that had become visible by then. Default: the clock. */
  readonly at?: number;
  /** Half-open span `[from, to)` over `by`. */
  readonly from?: number;
  readonly to?: number;
  /** Default `time`. */
  readonly by?: "time" | "storedAt" | "visibleFrom";
  /** Only the version an answer would show at that instant. Default false: every version. */
  readonly currentOnly?: boolean;
  /** Also those hidden by rights. Default false. */
  readonly includeHidden?: boolean;
}

/** One request as it arrived. Token and login requests carry no query, and no request carries headers or a body. */
export interface LoggedRequest {
  readonly server: "api" | "auth" | "app";
  readonly method: string;
  /** With the API prefix, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as sent, without the question mark. */
  readonly queryText: string;
  /** 0 while unanswered, and for ever when the answer never came or broke off before its head. */
  readonly status: number;
  /** The clock when the request arrived. */
  readonly at: number;
}

export interface MicroshareSimulator {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly appUrl: string;
  readonly credentials: { username: string; password: string; apiKey: string; identity: string };
  readonly recTypes: { snapshot: string; people: string; peopleEvent: string; motion: string };
  readonly views: ReadyMadeViews;
  readonly viewRecType: string;
  /** Buildings: the values of `loc1`. */
  readonly locations: readonly string[];
  /** `recType/id` of the people-counter cluster, whose devices name every building. */
  readonly deviceCluster: string;
  /** Tags that every record of the fleet carries in `data.meta.global`. */
  readonly dataContext: readonly string[];
  readonly quirks: Quirks;
  readonly faults: Faults;
  add(input: RecordInput): SimulatedRecord;
  /** The id, checksum origin and place in lists stay; checksum and `updateDate` change. */
  rewrite(id: string, change?: RecordChange): void;
  remove(id: string, at?: number): void;
  /** The truth, for proofs: oldest stored first, versions of one record in order. */
  visible(query?: VisibleQuery): SimulatedRecord[];
  /** Adds a view and returns its id. */
  addView(view: ViewInput): string;
  removeView(id: string): void;
  readonly requests: readonly LoggedRequest[];
  resetRequests(): void;
  /** Connections accepted so far, requests being answered now and at most at once, over all three servers. */
  load(): { connections: number; inFlight: number; mostInFlight: number };
  /** Drops every connection. Rejects when the simulator itself had failed while answering. */
  close(): Promise<void>;
}

export interface ReadyMadeViews {
  /** Shape D, snapshots. Window on `data.meta.iot.time`, both ends inclusive. Needs recType, from, to, dataContext. */
  readonly snapshotFlat: string;
  /** Shape A. Window on `createDate`, both ends inclusive. Needs recType, from, to. */
  readonly eventPassThrough: string;
  /** Shape C. Window on `data.meta.iot.time`, both ends inclusive. Needs every parameter of a snapshot dashboard. */
  readonly snapshotDashboard: string;
  /** Shape C. Window on `data.meta.iot.time`, both ends exclusive. Needs every parameter of a people dashboard. */
  readonly peopleDashboard: string;
  /** Shape B. Window on `createDate`, `$gt` from and `$lte` to. Needs recType, from, to. */
  readonly projected: string;
  /** Shape A with `$limit` 25. Window on `data.meta.iot.time`, both ends inclusive. Needs recType, from, to. */
  readonly smallLimit: string;
  /** Shape E, `$limit` 2500. Window on `createDate`, both ends inclusive. Needs recType, from, to. */
  readonly counting: string;
}
