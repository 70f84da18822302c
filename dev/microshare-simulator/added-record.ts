// Records that tests put in themselves.
import { ownOrg } from "./fleet-streams.ts";
import { idOf } from "./fleet.ts";
import { keyOf } from "./prng.ts";
import { defaultTags, StoredRecord } from "./record.ts";
import type { Series } from "./record.ts";
import type { NextVersion } from "./store.ts";
import { isoText } from "./time-text.ts";
import type { RecordChange, RecordInput } from "./types.ts";
import { isObject } from "./view-documents.ts";

/** Fields that were not given come from the payload, then from defaults, so that views find the record either way. */
export function addedRecord(
  input: RecordInput,
  context: { now: number; legacy: boolean; count: number },
): StoredRecord {
  const time = input.time ?? context.now;
  const storedAt = input.storedAt ?? time;
  return new StoredRecord(seriesOf(input, time, context.legacy), {
    id: input.id ?? idOf(storedAt, keyOf("added", context.count)),
    version: 1,
    time,
    storedAt,
    changedAt: storedAt,
    visibleFrom: input.visibleFrom ?? storedAt,
    repeated: input.repeated ?? false,
    late: false,
    raw: input.raw,
    first: undefined,
  });
}

/** What a rewrite makes of the version shown. */
export function nextVersion({ data, change, raw }: RecordChange): NextVersion {
  return ({ series, data: shown }) => {
    const next = data ?? (change ?? revised)(shown);
    const { iotTime } = factsOf(next);
    return { series: { ...series, iotTimeAt: () => iotTime, payload: () => next }, raw };
  };
}

function seriesOf(input: RecordInput, time: number, legacy: boolean): Series {
  const facts = factsOf(input.data);
  const device = input.device ?? facts.device ?? "A1-B2-FF-00-00-00-00-01";
  const place = input.place ?? facts.place ?? ["North Tower", "Floor 1", "Room 101", ""];
  const global = input.global ?? facts.global ?? ["Example Facilities", "solutions", "room"];
  const category = input.category ?? facts.category;
  const metric = input.metric ?? facts.metric;
  const data = input.data ?? plainData({ time, device, place, global, category, metric });
  const { iotTime } = factsOf(data);
  return {
    recType: input.recType,
    device,
    place,
    global,
    category,
    metric,
    tags: input.tags ?? defaultTags(global, place),
    ownerOrg: input.ownerOrg ?? ownOrg,
    hidden: input.hidden ?? false,
    legacy: input.legacy ?? legacy,
    iotTimeAt: () => iotTime,
    payload: () => data,
  };
}

/** The payload after a rewrite that named none. */
function revised(data: unknown): unknown {
  const fields = isObject(data) ? data : { previous: data };
  const revision = typeof fields["revision"] === "number" ? fields["revision"] : 1;
  return { ...fields, revision: revision + 1 };
}

interface Facts {
  readonly device: string | undefined;
  readonly place: readonly string[] | undefined;
  readonly global: readonly string[] | undefined;
  readonly category: string | undefined;
  readonly metric: string | undefined;
  readonly iotTime: string | undefined;
}

function factsOf(data: unknown): Facts {
  const meta = objectAt(data, "meta");
  const iot = objectAt(meta, "iot");
  const snapshot = objectAt(meta, "snapshot");
  return {
    device: textAt(objectAt(data, "device"), "id") ?? textAt(iot, "device_id"),
    place: textsAt(meta, "device"),
    global: textsAt(meta, "global"),
    category: textAt(snapshot, "category"),
    metric: textAt(snapshot, "metric"),
    iotTime: textAt(iot, "time"),
  };
}

function plainData(of: {
  time: number;
  device: string;
  place: readonly string[];
  global: readonly string[];
  category: string | undefined;
  metric: string | undefined;
}): unknown {
  const { category, metric } = of;
  return {
    current: { avg: 0.5, count: 4, delta: 0, first: 0, last: 1, max: 1, min: 0, range: 1, sum: 2 },
    device: { id: of.device },
    meta: {
      device: of.place,
      global: of.global,
      iot: { device_id: of.device, time: isoText(of.time) },
      ...(category === undefined && metric === undefined ? {} : { snapshot: { category, metric } }),
    },
    time: isoText(of.time),
  };
}

function objectAt(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = objectAt(value, key);
  return typeof found === "string" ? found : undefined;
}

function textsAt(value: unknown, key: string): string[] | undefined {
  const found = objectAt(value, key);
  return Array.isArray(found) && found.every((item) => typeof item === "string") ? found : undefined;
}
