// Puts a span around every call to the sink and to the storage, from outside: neither of them knows.
import type {
  CheckpointStore,
  DeadLetterStore,
  LeaseStore,
  LedgerSegment,
  ReadBack,
  SendReport,
  Sink,
} from "../pipeline/ports.ts";
import type { PushClaims } from "../pipeline/push-ports.ts";
import { feedOf } from "../pipeline/route-name.ts";
import type { OutgoingCall, Telemetry } from "./telemetry.ts";

export interface SinkPlace {
  /** As OpenTelemetry names it: https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/ */
  readonly system: string;
  /** The provider of such resources in Azure; absent for what is no resource of Azure. */
  readonly resource?: string;
  readonly host: string;
  /** Of the hub, queue or topic. */
  readonly name: string;
}

/** The sink itself when telemetry is off. */
export function observedSink(sink: Sink, place: SinkPlace, telemetry: Telemetry): Sink {
  if (!telemetry.on) return sink;
  const call = (
    operation: string,
    kind: OutgoingCall["kind"],
    more: OutgoingCall["attributes"] = {},
  ): OutgoingCall => ({
    name: `${operation} ${place.name}`,
    kind,
    attributes: {
      "messaging.system": place.system,
      "messaging.operation.name": operation,
      "messaging.destination.name": place.name,
      "server.address": place.host,
      // The names by which Application Insights knows a hub.
      ...(place.resource === undefined ? {} : { "az.namespace": place.resource }),
      "peer.address": place.host,
      "message_bus.destination": place.name,
      ...more,
    },
  });
  const { readBack } = sink;
  return {
    ...sink,
    send: (events, ...how) =>
      telemetry.call(
        call("send", "producer", { "messaging.batch.message_count": events.length }),
        () => sink.send(events, ...how),
        (report: SendReport) => report.failure,
      ),
    ...(readBack === undefined ? {} : { readBack: observedReadBack(readBack, call, telemetry) }),
  };
}

function observedReadBack(
  readBack: ReadBack,
  call: (operation: string, kind: "client") => OutgoingCall,
  telemetry: Telemetry,
): ReadBack {
  return {
    ...readBack,
    positions: (signal) => telemetry.call(call("positions", "client"), () => readBack.positions(signal)),
    read: (request) => telemetry.call(call("read back", "client"), () => readBack.read(request)),
  };
}

/** The store itself when telemetry is off. */
export function observedStore(
  store: CheckpointStore & LeaseStore,
  table: string,
  telemetry: Telemetry,
): CheckpointStore & LeaseStore {
  if (!telemetry.on) return store;
  const around = <Result>(operation: string, route: string, work: () => Promise<Result>): Promise<Result> =>
    telemetry.call(storageCall("azure table", operation, table, route), work);
  return {
    load: (route) => around("load", route, () => store.load(route)),
    readLedger: (route, from) =>
      observedLedger((next) => around("readLedger", route, next), store.readLedger(route, from)),
    save: (route, change, revision, lease) => around("save", route, () => store.save(route, change, revision, lease)),
    compactLedger: (route, before) => around("compactLedger", route, () => store.compactLedger(route, before)),
    recordRun: (route, run) => around("recordRun", route, () => store.recordRun(route, run)),
    pruneRuns: (route, newest) => around("pruneRuns", route, () => store.pruneRuns(route, newest)),
    listRuns: (route, most) => around("listRuns", route, () => store.listRuns(route, most)),
    look: (route) => around("look", route, () => store.look(route)),
    take: (route, seen, owner) => around("take", route, () => store.take(route, seen, owner)),
    renew: (route, lease) => around("renew", route, () => store.renew(route, lease)),
    release: (route, lease) => around("release", route, () => store.release(route, lease)),
  };
}

/** One span per piece: the time in which the reader works with a piece is not the storage's. */
async function* observedLedger(
  around: <Result>(next: () => Promise<Result>) => Promise<Result>,
  segments: AsyncIterable<LedgerSegment>,
): AsyncIterable<LedgerSegment> {
  const iterator = segments[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await around(() => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** The store itself when telemetry is off. */
export function observedDeadLetters(store: DeadLetterStore, container: string, telemetry: Telemetry): DeadLetterStore {
  if (!telemetry.on) return store;
  return {
    put: (route, letter) =>
      telemetry.call(storageCall("azure blob", "put", container, route), () => store.put(route, letter)),
  };
}

/** The store itself when telemetry is off. */
export function observedClaims(claims: PushClaims, table: string, telemetry: Telemetry): PushClaims {
  if (!telemetry.on) return claims;
  const around = <Result>(operation: string, route: string, work: () => Promise<Result>): Promise<Result> =>
    telemetry.call(storageCall("azure table", operation, table, route), work);
  return {
    claim: (route, ...how) => around("claim", route, () => claims.claim(route, ...how)),
    release: (route, ...how) => around("releaseClaims", route, () => claims.release(route, ...how)),
    now: (route) => around("now", route, () => claims.now(route)),
    expire: (route, before) => around("expireClaims", route, () => claims.expire(route, before)),
  };
}

/** With the names of today's conventions, and those that Application Insights reads. */
function storageCall(system: string, operation: string, name: string, route: string): OutgoingCall {
  return {
    name: `${operation} ${name}`,
    kind: "client",
    attributes: {
      route,
      feed: feedOf(route),
      "db.system.name": system,
      "db.operation.name": operation,
      "db.namespace": name,
      "db.system": system,
      "db.operation": operation,
      "db.name": name,
    },
  };
}
