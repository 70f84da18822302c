// The metrics of the bridge: names and units are part of the interface, queries and alerts read them.
import type { Attributes, Meter } from "@opentelemetry/api";
import type { TimedOutcome } from "../pipeline/forward-all.ts";
import type { FinishedRequest, RouteName } from "./telemetry.ts";

export interface Instruments {
  request(request: FinishedRequest): void;
  batch(route: RouteName | undefined, bytes: number): void;
  outcome(route: RouteName, outcome: TimedOutcome, endedAt: number): void;
}

export function createInstruments(meter: Meter): Instruments {
  const records = (name: string, description: string) =>
    meter.createCounter(`bridge.records.${name}`, { unit: "{record}", description });
  const requests = (name: string, description: string) =>
    meter.createCounter(`bridge.api.${name}`, { unit: "{request}", description });
  const counters = {
    read: records("read", "Records met in the windows of a run"),
    delivered: records("delivered", "Records confirmed by the sink"),
    alreadyDelivered: records("already_delivered", "Records that the ledger knew"),
    filtered: records("filtered", "Records left out by a setting"),
    deadLettered: records("dead_lettered", "Records that no sink will take"),
  };
  const watermarkLag = meter.createGauge("bridge.watermark.lag", {
    unit: "s",
    description: "Age of the watermark when the run ended",
  });
  const lateness = meter.createGauge("bridge.lateness", {
    unit: "s",
    description: "Storage time minus record time of the latest record that a run delivered; 0 when none was late",
  });
  const sent = requests("requests", "Tries of calls to the API, logins included");
  const retries = requests("retries", "Tries after the first one of a call");
  const throttled = requests("throttled", "Tries answered with status 429");
  const batchBytes = meter.createHistogram("bridge.batch.bytes", {
    unit: "By",
    description: "Size of a batch that the sink confirmed",
    advice: { explicitBucketBoundaries: BATCH_BOUNDS_BYTES },
  });
  const runDuration = meter.createHistogram("bridge.run.duration", {
    unit: "s",
    description: "Time that all turns of a route took in one run",
    advice: { explicitBucketBoundaries: DURATION_BOUNDS_S },
  });

  return {
    request({ target, route, attempt, status }) {
      const point = { ...namesOf(route), target };
      sent.add(1, point);
      if (attempt > 1) retries.add(1, point);
      if (status === 429) throttled.add(1, point);
    },
    batch: (route, bytes) => batchBytes.record(bytes, namesOf(route)),
    outcome(route, { totals, watermark, lateness: late, tookMs, kind }, endedAt) {
      const point = namesOf(route);
      // With zeros: a counter that is silent cannot be told from one that is not sent.
      for (const [name, counter] of entriesOf(counters)) counter.add(totals[name], point);
      if (watermark !== undefined) watermarkLag.record((endedAt - watermark) / 1000, point);
      lateness.record(late.maxMs / 1000, point);
      runDuration.record(tookMs / 1000, { ...point, outcome: kind });
    },
  };
}

const KIB = 1024;
const BATCH_BOUNDS_BYTES = [4, 16, 64, 128, 256, 512, 768, 1024].map((size) => size * KIB);
/** Up to the half hour that a run can have. */
const DURATION_BOUNDS_S = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800];

function namesOf(route: RouteName | undefined): Attributes {
  return route === undefined ? {} : { route: route.route, feed: route.feed };
}

function entriesOf<Name extends string, Value>(
  record: Readonly<Record<Name, Value>>,
): readonly (readonly [Name, Value])[] {
  const names: Name[] = [];
  for (const name in record) names.push(name);
  return names.map((name) => [name, record[name]]);
}
