// Divides the events of one send among the hubs of their types, and sends to all of them at once.
import type { BridgeError } from "../errors.ts";
import type { SendReport, Sink } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { HubLimit } from "./hub-limit.ts";
import { sameHub, type HubNames } from "./hub-names.ts";
import { mergeReports } from "./merge-reports.ts";
import type { OpenedHub, PerTypeHubs } from "./per-type-hubs.ts";

export interface PerTypeSendingParts {
  readonly hubs: PerTypeHubs;
  readonly names: HubNames;
  readonly limit: HubLimit;
  readonly sharedHub: string | undefined;
}

/** Where the records of one type go. */
type Destination =
  | { readonly kind: "own" | "shared"; readonly hub: string }
  | { readonly kind: "nowhere"; readonly error: BridgeError };

type How = readonly [signal: AbortSignal, mayStart: (() => boolean) | undefined];

/**
 * Every hub gets its events in the order given, also over sends that overlap: those for one hub wait for it in the order
 * in which they came. The shared hub gets the events of all its types together, so that devices keep their order there.
 * Nothing is held back for a fuller batch: a type that comes rarely would keep its window open to the end of the run, and
 * the partitions of all hubs together could hold back more than memory should.
 */
export function createPerTypeSending({ hubs, names, limit, sharedHub }: PerTypeSendingParts): Sink["send"] {
  let lastTurn: Promise<unknown> = Promise.resolve();

  async function destinationOf(
    recType: string,
    own: readonly OutgoingEvent[],
    signal: AbortSignal,
  ): Promise<Destination> {
    const named = names.hubOf(recType);
    if ("error" in named) return { kind: "nowhere", error: named.error };
    const { hub } = named;
    if (sharedHub !== undefined && sameHub(hub) === sameHub(sharedHub)) return { kind: "shared", hub };
    const opened = await openFor(hub, signal);
    if (opened.kind === "open") return { kind: "own", hub };
    if (opened.kind === "failed") return { kind: "nowhere", error: opened.error };
    if (sharedHub === undefined) return { kind: "nowhere", error: limit.error(hub) };
    limit.note(own);
    return { kind: "shared", hub: sharedHub };
  }

  async function openFor(hub: string, signal: AbortSignal): Promise<OpenedHub> {
    let opened = await hubs.open(hub, signal);
    // The time of another send was up while it opened the hub for both.
    while (opened.kind === "failed" && opened.error.code === "OUT_OF_TIME" && !signal.aborted) {
      opened = await hubs.open(hub, signal);
    }
    return opened;
  }

  async function sendOwn(destination: Destination, own: readonly OutgoingEvent[], how: How): Promise<SendReport> {
    if (destination.kind === "nowhere") return nothingSent(destination.error);
    if (destination.kind === "shared") return mergeReports([]);
    return sendTo(destination.hub, own, how);
  }

  async function sendShared(
    destinations: ReadonlyMap<string, Promise<Destination>>,
    events: readonly OutgoingEvent[],
    how: How,
    before: Promise<unknown>,
  ): Promise<{ readonly sending?: Promise<SendReport> }> {
    const shared = new Set<string>();
    for (const [recType, destination] of destinations) if ((await destination).kind === "shared") shared.add(recType);
    await before;
    if (sharedHub === undefined || shared.size === 0) return {};
    const own = events.filter(({ properties }) => shared.has(properties.recType));
    return { sending: openAndSend(sharedHub, own, how) };
  }

  async function openAndSend(hub: string, own: readonly OutgoingEvent[], how: How): Promise<SendReport> {
    const opened = await openFor(hub, how[0]);
    if (opened.kind === "failed") return nothingSent(opened.error);
    return opened.kind === "full" ? nothingSent(limit.error(hub)) : sendTo(hub, own, how);
  }

  async function sendTo(hub: string, own: readonly OutgoingEvent[], how: How): Promise<SendReport> {
    // Nothing is held back: many hubs, each with a batch for every partition, would hold too much.
    const [signal, mayStart] = how;
    const report = await hubs.sink(hub).send(own, signal, mayStart);
    // Deleted under way. Created anew by the next send, not by this one: what is behind it must not overtake.
    if (report.failure?.code === "SINK_NOT_FOUND") hubs.forget(hub);
    return report;
  }

  return async (events, signal, mayStart) => {
    const how: How = [signal, mayStart];
    const byType = Map.groupBy(events, ({ properties }) => properties.recType);
    const destinations = new Map(
      [...byType].map(([recType, own]): [string, Promise<Destination>] => [
        recType,
        destinationOf(recType, own, signal),
      ]),
    );
    const turn = sendShared(destinations, events, how, lastTurn);
    lastTurn = turn.catch(() => undefined);
    const own = [...destinations].map(async ([recType, destination]) =>
      sendOwn(await destination, byType.get(recType) ?? [], how),
    );
    const ended = await Promise.allSettled([...own, turn.then(({ sending }) => sending ?? mergeReports([]))]);
    return mergeReports(
      ended.map((end) => {
        if (end.status === "rejected") throw end.reason;
        return end.value;
      }),
    );
  };
}

function nothingSent(failure: BridgeError): SendReport {
  return { confirmed: [], refused: [], batches: 0, bytes: 0, failure };
}
