// Compares what a sink holds with what should be there; reads event hubs with the unchanged SDK consumer.
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from "@azure/event-hubs";
import type { DemoFeed } from "./feeds.ts";

/** What any sink holds of an event. */
export interface ProvenEvent {
  /** Parsed JSON. */
  readonly body: unknown;
  readonly messageId?: unknown;
  /** Application properties; some sinks know only text. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

export interface Proof {
  readonly produced: number;
  readonly delivered: number;
  readonly missing: number;
  /** In the hub but never shown by the API. */
  readonly unexpected: number;
  /** Events beyond the first with the same route and event id, or the same content. */
  readonly repeated: number;
  /** Neighbouring events of one device and run in the wrong order. */
  readonly outOfOrder: number;
  readonly holds: boolean;
  readonly feeds: readonly FeedProof[];
}

export interface FeedProof {
  readonly feed: string;
  readonly produced: number;
  readonly delivered: number;
  readonly missing: number;
  readonly unexpected: number;
  readonly repeated: number;
}

/** Reads until every partition is at its end. */
export async function readHub(connectionString: string, hub: string): Promise<readonly ReceivedEventData[]> {
  const client = new EventHubConsumerClient(EventHubConsumerClient.defaultConsumerGroupName, connectionString, hub);
  try {
    const ends = new Map<string, number>();
    for (const id of await client.getPartitionIds()) {
      const { isEmpty, lastEnqueuedSequenceNumber } = await client.getPartitionProperties(id);
      if (!isEmpty) ends.set(id, lastEnqueuedSequenceNumber);
    }
    const events: ReceivedEventData[] = [];
    if (ends.size === 0) return events;
    const done = Promise.withResolvers<undefined>();
    const subscription = client.subscribe(
      {
        processEvents: async (received, { partitionId }) => {
          events.push(...received);
          const last = received.at(-1)?.sequenceNumber;
          if (last !== undefined && last >= (ends.get(partitionId) ?? 0)) ends.delete(partitionId);
          if (ends.size === 0) done.resolve(undefined);
        },
        processError: async (error) => done.reject(error),
      },
      { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 5, maxBatchSize: 1000 },
    );
    await done.promise;
    await subscription.close();
    return events;
  } finally {
    await client.close();
  }
}

/** `runOf` tells in which run an event was stored: order holds within a run. */
export function prove<Event extends ProvenEvent>(
  events: readonly Event[],
  feeds: readonly DemoFeed[],
  expected: ReadonlyMap<string, ReadonlySet<string>>,
  runOf: (event: Event) => number,
): Proof {
  const proofs = feeds.map((feed): FeedProof => {
    const own = events.filter((event) => event.properties?.["feed"] === feed.name);
    const wanted = expected.get(feed.name) ?? new Set<string>();
    const identities = own.map((event) => feed.identityOfEvent(event.body));
    const distinct = new Set(identities);
    const eventIds = new Set(own.map((event) => String(event.messageId)));
    return {
      feed: feed.name,
      produced: wanted.size,
      delivered: own.length,
      missing: [...wanted].filter((identity) => !distinct.has(identity)).length,
      unexpected: [...distinct].filter((identity) => !wanted.has(identity)).length,
      repeated: own.length - Math.min(distinct.size, eventIds.size),
    };
  });
  const sum = (count: (proof: FeedProof) => number): number => proofs.reduce((total, proof) => total + count(proof), 0);
  const outOfOrder = countOutOfOrder(events, feeds, runOf);
  const totals = {
    produced: sum((proof) => proof.produced),
    delivered: sum((proof) => proof.delivered),
    missing: sum((proof) => proof.missing),
    unexpected: sum((proof) => proof.unexpected),
    repeated: sum((proof) => proof.repeated),
  };
  const holds =
    totals.produced > 0 &&
    totals.produced === totals.delivered &&
    totals.missing + totals.unexpected + totals.repeated + outOfOrder === 0;
  return { ...totals, outOfOrder, holds, feeds: proofs };
}

/** Late records come after newer ones of their device, by design, and say so: they do not count here. */
function countOutOfOrder<Event extends ProvenEvent>(
  events: readonly Event[],
  feeds: readonly DemoFeed[],
  runOf: (event: Event) => number,
): number {
  const byName = new Map(feeds.map((feed) => [feed.name, feed]));
  const lastTime = new Map<string, number>();
  let wrong = 0;
  for (const event of events) {
    const feed = byName.get(String(event.properties?.["feed"]));
    if (feed === undefined || String(event.properties?.["late"]) === "true") continue;
    const deviceInRun = `${feed.name} ${feed.deviceOfEvent(event.body)} ${runOf(event)}`;
    const time = feed.timeOfEvent(event.body);
    if (time < (lastTime.get(deviceInRun) ?? time)) wrong += 1;
    lastTime.set(deviceInRun, time);
  }
  return wrong;
}
