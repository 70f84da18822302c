// What a feed holds in a window, and what its routes would do with each record. Sends nothing and saves nothing.
import { BridgeError } from "../errors.ts";
import type { Route } from "../pipeline/forward-feed.ts";
import { loadLedger, recordHalf, type Ledger } from "../pipeline/ledger.ts";
import type { Checkpoint } from "../pipeline/ports.ts";
import type { FeedRecord, UnreadableRecord, Window } from "../pipeline/records.ts";
import { readSlices } from "../pipeline/slices.ts";
import { toEvent } from "../pipeline/to-event.ts";
import { isoText } from "../pipeline/windows.ts";
import type { OperationDeps } from "./operations.ts";

export interface PreviewRequest {
  /** May be left out where there is one feed only. */
  readonly feed?: string;
  /** Default: the hour before what the settle delay leaves to the next run. */
  readonly window?: Window;
  /** Records shown one by one. All are counted. */
  readonly most: number;
}

/** What a route would do with a record. */
export type Fate =
  | "would be sent"
  | "already delivered"
  | "stands here twice"
  | "left out: an update, and UPDATES is first-only"
  | "too large for the sink"
  | "unreadable: would become a dead letter"
  | "given up by hand: in a gap"
  | "not read: before the route begins"
  | "not read: the ledger does not reach back so far";

export interface PreviewReport {
  readonly feed: string;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly records: readonly PreviewRecord[];
  /** Counted and not shown. */
  readonly more: number;
  /** Left out by the owner filter or the data context; the same for all routes. */
  readonly filtered: number;
  /** Counted by the API and not shown to this account. */
  readonly hidden: number;
  readonly routes: readonly PreviewRoute[];
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly fix: string }[];
}

export interface PreviewRoute {
  readonly route: string;
  readonly counts: Readonly<Partial<Record<Fate, number>>>;
  /** False for kinds of sinks that cannot be asked without sending. */
  readonly sizesChecked: boolean;
}

export interface PreviewRecord {
  readonly recType?: string;
  readonly key?: string;
  readonly time?: string;
  readonly device?: string;
  readonly part?: string;
  readonly bytes: number;
  /** By route. */
  readonly fates: Readonly<Record<string, Fate>>;
  /** Of what is unreadable or too large. */
  readonly reason?: string;
}

/** Throws `ROUTE_UNKNOWN` for a feed that is not there, and what reading throws. `tell` hears how many were read. */
export async function preview(
  routes: readonly Route[],
  request: PreviewRequest,
  deps: OperationDeps & { readonly signal: AbortSignal },
  tell: (read: number) => void,
): Promise<PreviewReport> {
  const own = routesOf(routes, request.feed);
  const [{ feed, source, timing }] = own;
  const now = deps.now();
  const end = now - timing.settleDelayMs;
  const window = request.window ?? { from: end - HOUR_MS, to: end };
  const judges = await Promise.all(own.map((route) => openJudge(route, window, now, deps)));
  const records: PreviewRecord[] = [];
  let read = 0;
  let filtered = 0;
  let hidden = 0;
  const known = Object.keys(judges[0]?.checkpoint?.parts ?? {});
  for (const part of await source.parts(deps.signal, known)) {
    const slices = readSlices(source, {
      feed,
      part,
      window,
      maxBytes: deps.under.settings.sliceMaxBytes,
      signal: deps.signal,
    });
    for await (const slice of slices) {
      filtered += slice.filtered;
      hidden += slice.hidden;
      const large = await largeFor(judges, slice.records, deps.signal);
      for (const one of [...slice.records, ...slice.unreadable]) {
        read += 1;
        const fates = Object.fromEntries(judges.map((judge) => [judge.route.name, judge.fateOf(one, part, large)]));
        if (records.length < request.most) records.push(shown(one, part, fates, large));
      }
      tell(read);
    }
  }
  return {
    feed,
    from: isoText(window.from),
    to: isoText(window.to),
    records,
    more: read - records.length,
    filtered,
    hidden,
    routes: judges.map(({ route, counts }) => ({
      route: route.name,
      counts,
      sizesChecked: route.sink.wouldRefuse !== undefined,
    })),
    warnings: (source.takeWarnings?.() ?? []).map(({ code, message, fix }) => ({
      code,
      message: deps.redact(message),
      fix: deps.redact(fix),
    })),
  };
}

const HOUR_MS = 60 * 60 * 1000;

function routesOf(routes: readonly Route[], feed: string | undefined): readonly [Route, ...Route[]] {
  const feeds = [...new Set(routes.map((route) => route.feed))];
  const wanted = feed ?? (feeds.length === 1 ? feeds[0] : undefined);
  const [first, ...more] = routes.filter((route) => route.feed === wanted);
  if (first !== undefined) return [first, ...more];
  const what = feed === undefined ? "There are several feeds" : `There is no feed ${JSON.stringify(feed)}`;
  throw new BridgeError("ROUTE_UNKNOWN", what, { fix: `Name one of these with --feed: ${feeds.join(", ")}.` });
}

/** By route and event id: why the sink would refuse it. */
type TooLarge = ReadonlyMap<string, string>;

interface Judge {
  readonly route: Route;
  readonly checkpoint: Checkpoint | undefined;
  readonly counts: Partial<Record<Fate, number>>;
  fateOf(one: FeedRecord | UnreadableRecord, part: string, large: TooLarge): Fate;
}

async function openJudge(route: Route, window: Window, now: number, deps: OperationDeps): Promise<Judge> {
  const checkpoint = (await deps.sight.load(route.name))?.checkpoint;
  const ledger = await loadLedger(deps.sight, [route.name], window.from);
  const start = checkpoint?.start ?? route.timing.startAt(now);
  const coveredFrom = checkpoint?.coveredFrom ?? start;
  const met = { ids: new Set<string>(), halves: new Set<string>() };
  const counts: Partial<Record<Fate, number>> = {};
  return {
    route,
    checkpoint,
    counts,
    fateOf(one, part, large) {
      const fate = judged({ one, part, large, route, checkpoint, ledger, start, coveredFrom, met });
      met.ids.add(one.eventId);
      if ("key" in one) met.halves.add(recordHalf(one.eventId));
      counts[fate] = (counts[fate] ?? 0) + 1;
      return fate;
    },
  };
}

interface Question extends Pick<Judge, "route" | "checkpoint"> {
  readonly one: FeedRecord | UnreadableRecord;
  readonly part: string;
  readonly large: TooLarge;
  readonly ledger: Ledger;
  readonly start: number;
  readonly coveredFrom: number;
  readonly met: { readonly ids: ReadonlySet<string>; readonly halves: ReadonlySet<string> };
}

function judged({ one, part, large, route, checkpoint, ledger, start, coveredFrom, met }: Question): Fate {
  const acquaintance = ledger.look(one.eventId);
  if (acquaintance === "delivered") return "already delivered";
  if (met.ids.has(one.eventId)) return "stands here twice";
  if (!("key" in one)) return "unreadable: would become a dead letter";
  if (one.time < start) return "not read: before the route begins";
  const gap = checkpoint?.gaps?.find((given) => given.part === part && given.from <= one.time && one.time < given.to);
  if (gap !== undefined) return "given up by hand: in a gap";
  if (one.time < coveredFrom) return "not read: the ledger does not reach back so far";
  const isUpdate = acquaintance === "new-version" || met.halves.has(recordHalf(one.eventId));
  if (isUpdate && route.updates === "first-only") return "left out: an update, and UPDATES is first-only";
  return large.has(`${route.name} ${one.eventId}`) ? "too large for the sink" : "would be sent";
}

/** Only of what could be too large anywhere: the others fit into what every tier takes. */
async function largeFor(
  judges: readonly Judge[],
  records: readonly FeedRecord[],
  signal: AbortSignal,
): Promise<TooLarge> {
  const candidates = records.filter(({ body }) => body.length >= ALWAYS_FITS_BYTES);
  const large = new Map<string, string>();
  if (candidates.length === 0) return large;
  for (const { route } of judges) {
    const events = candidates.map((record) => toEvent(record, { route: route.name, feed: route.feed, late: false }));
    for (const { event, reason } of (await route.sink.wouldRefuse?.(events, signal)) ?? []) {
      large.set(`${route.name} ${event.eventId}`, reason);
    }
  }
  return large;
}

/** The smallest limit there is is 256 KiB (Basic event hubs, IoT Hub, Service Bus): half of it leaves room for any format. */
const ALWAYS_FITS_BYTES = 128 * 1024;

function shown(
  one: FeedRecord | UnreadableRecord,
  part: string,
  fates: Readonly<Record<string, Fate>>,
  large: TooLarge,
): PreviewRecord {
  const place = part === "" ? {} : { part };
  if (!("key" in one)) return { ...place, bytes: one.body.length, fates, reason: one.reason };
  const reason = Object.keys(fates).flatMap((route) => large.get(`${route} ${one.eventId}`) ?? [])[0];
  return {
    recType: one.recType,
    key: one.key,
    time: isoText(one.time),
    device: one.device,
    ...place,
    bytes: one.body.length,
    fates,
    ...(reason === undefined ? {} : { reason }),
  };
}
