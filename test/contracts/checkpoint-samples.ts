// Checkpoints, ids and letters to try a checkpoint store with.
import { fc } from "../fast-check.ts";
import type {
  Checkpoint,
  CheckpointStore,
  DeadLetterEntry,
  Gap,
  HubPositions,
  Paused,
  Sending,
} from "../../src/pipeline/ports.ts";
import type { Pushed } from "../../src/pipeline/push-ports.ts";
import type { Instant } from "../../src/pipeline/records.ts";

export interface CheckpointStoreUnderTest {
  readonly store: CheckpointStore;
  /** Event ids of the dead-letter rows of a route, sorted. */
  readonly deadLetterIds: (route: string) => Promise<readonly string[]>;
}

export const hour = 60 * 60 * 1000;
export const noon: Instant = Date.UTC(2026, 10, 20, 12);

export function someCheckpoint(change: Partial<Checkpoint> = {}): Checkpoint {
  return {
    start: noon - 24 * hour,
    watermark: noon,
    coveredFrom: noon - 6 * hour,
    parts: { "": { doneTo: noon } },
    lookback: {},
    deepLookbackAt: noon - 2 * hour,
    servedAt: noon + 1,
    nextSegment: 1,
    ...change,
  };
}

/** `count` different ids, packed; the same numbers give the same ids. */
export function eventIds(first: number, count: number): Uint8Array {
  // As the pipeline packs them: not a Buffer, of which the storage SDK takes other care.
  const ids = new Uint8Array(count * 16);
  const view = new DataView(ids.buffer);
  for (let index = 0; index < count; index += 1) view.setUint32(index * 16 + 12, first + index + 1);
  return ids;
}

export function hex(...packed: readonly Uint8Array[]): string[] {
  const ids = packed.flatMap((some) =>
    Array.from({ length: some.length / 16 }, (_, index) => some.subarray(index * 16, index * 16 + 16)),
  );
  return ids.map((id) => Buffer.from(id).toString("hex")).toSorted();
}

/** All ids that a store gives back, sorted. */
export async function ledgerIds(store: CheckpointStore, route: string, from: Instant): Promise<string[]> {
  const packed: Uint8Array[] = [];
  for await (const segment of store.readLedger(route, from)) packed.push(segment.ids);
  return hex(...packed);
}

/** A save of one ledger segment with one id, as the pipeline numbers them. */
export function segmentChange(nextSegment: number): Parameters<CheckpointStore["save"]>[1] {
  return {
    checkpoint: someCheckpoint({ nextSegment }),
    segment: { filedTo: noon, ids: eventIds(nextSegment, 1) },
    deadLetters: [],
  };
}

export function letter(number: number): DeadLetterEntry {
  return {
    eventId: number.toString(16).padStart(32, "0"),
    reason: "2,000,000 bytes; the hub takes 1,048,576",
    recType: "io.microshare.test",
    recordKey: `key ${number}`,
    identity: { version: `version ${number}`, device: `device ${number % 3}`, time: noon - number },
    window: { from: noon - hour, to: noon },
    bytes: 2_000_000,
    at: noon,
  };
}

const anyInstant = fc.integer({ min: 0, max: Date.UTC(9999, 0) });

const anyPositions: fc.Arbitrary<HubPositions> = fc.record({
  hub: fc.string({ unit: "binary" }),
  partitions: fc.dictionary(fc.string({ unit: "binary" }), fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }), {
    noNullPrototype: true,
  }),
});

const anySending: fc.Arbitrary<Sending> = fc.record(
  { positions: anyPositions, upTo: anyPositions },
  { requiredKeys: [], noNullPrototype: true },
);

const anyGaps: fc.Arbitrary<readonly Gap[]> = fc.array(
  fc.record(
    {
      part: fc.string({ unit: "binary" }),
      from: anyInstant,
      to: anyInstant,
      reason: fc.string({ unit: "binary" }),
      at: anyInstant,
      readTo: anyInstant,
    },
    { requiredKeys: ["part", "from", "to", "reason", "at"] },
  ),
);

const anyPushed: fc.Arbitrary<Pushed> = fc.record(
  {
    positions: anyPositions,
    from: anyInstant,
    reading: fc.record({ upTo: anyPositions, at: anyInstant }, { noNullPrototype: true }),
    offSince: anyInstant,
  },
  { requiredKeys: ["positions", "from"], noNullPrototype: true },
);

const anyCleanCheckpoint: fc.Arbitrary<Checkpoint> = fc.record({
  start: anyInstant,
  watermark: anyInstant,
  coveredFrom: anyInstant,
  deepLookbackAt: anyInstant,
  servedAt: anyInstant,
  nextSegment: fc.nat(),
  parts: fc.dictionary(
    fc.string({ unit: "binary" }),
    fc.record(
      { doneTo: anyInstant, hint: fc.string({ unit: "binary" }), windowMs: fc.integer({ min: 1 }) },
      { requiredKeys: ["doneTo"], noNullPrototype: true },
    ),
    { noNullPrototype: true },
  ),
  lookback: fc.dictionary(fc.string({ unit: "binary" }), fc.record({ from: anyInstant, to: anyInstant }), {
    noNullPrototype: true,
  }),
});

const anyPause: fc.Arbitrary<Paused> = fc.record({ by: fc.string(), reason: fc.string(), since: anyInstant });

/** After a clean end, or with `sending` with and without positions; with and without gaps, a pause, or push. */
export const anyCheckpoint: fc.Arbitrary<Checkpoint> = fc.oneof(
  anyCleanCheckpoint,
  fc.tuple(anyCleanCheckpoint, anySending).map(([checkpoint, sending]) => ({ ...checkpoint, sending })),
  fc.tuple(anyCleanCheckpoint, anyPushed).map(([checkpoint, pushed]) => ({ ...checkpoint, pushed })),
  fc.tuple(anyCleanCheckpoint, anyGaps).map(([checkpoint, gaps]) => ({ ...checkpoint, gaps })),
  fc.tuple(anyCleanCheckpoint, anyPause).map(([checkpoint, paused]) => ({ ...checkpoint, paused })),
);

/** Hours after noon under which segments are filed: often the same, so that there is something to merge. */
export const anyFilings = fc.array(fc.oneof(fc.constantFrom(1, 2, 30), fc.integer({ min: 0, max: 48 })), {
  minLength: 8,
  maxLength: 40,
});
