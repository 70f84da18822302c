// What lies outside of the bridge and outlives its processes: the platform's records, the hubs, the storage account.
import { createHash } from "node:crypto";
import type { BackfillStore } from "../../src/pipeline/backfill-ports.ts";
import type { HubPositions } from "../../src/pipeline/ports.ts";
import type { PushClaims } from "../../src/pipeline/push-ports.ts";
import type { FeedRecord, OutgoingEvent } from "../../src/pipeline/records.ts";
import { memoryBackfills } from "../../src/state/memory-backfills.ts";
import { memoryCheckpoints, type MemoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters, type MemoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { memoryPushClaims } from "../../src/state/memory-push-claims.ts";
import type { Chance } from "./chance.ts";
import type { Fate } from "./fate.ts";
import type { Process, Scheduler } from "./scheduler.ts";

export interface WorldRecord extends FeedRecord {
  readonly part: string;
  readonly visibleAt: number;
  /** The hub will never take it. */
  readonly refused: boolean;
}

export interface StoredEvent {
  readonly sequenceNumber: number;
  readonly event: OutgoingEvent;
}

export interface Hub {
  readonly partitions: readonly StoredEvent[][];
  createdAt: number;
  store(partition: number, events: readonly OutgoingEvent[]): void;
  positions(): HubPositions;
}

/** Where events go, with a route of its own. */
export interface Place {
  readonly route: string;
  /** Stands in front of what is done there, where there are several. */
  readonly label: string;
  readonly hub: Hub;
  /** Whether it can be read back. */
  readable: boolean;
  /** Times at which it answers nothing. */
  readonly down?: { readonly from: number; readonly to: number };
}

export interface World {
  readonly scheduler: Scheduler;
  readonly fate: Fate;
  /** Of the world itself: what is on its way goes on whoever dies. */
  readonly nature: Process;
  readonly records: readonly WorldRecord[];
  /** Event ids that no hub will ever take. */
  readonly refusedIds: ReadonlySet<string>;
  readonly places: readonly Place[];
  readonly store: MemoryCheckpoints;
  readonly deadLetters: MemoryDeadLetters;
  readonly claims: PushClaims;
  readonly books: BackfillStore;
  /** Events that a process, by its name, has handed over and that are not in the hub yet. */
  readonly onTheWire: Map<string, number>;
  /** Off at the end, so that everything can settle. */
  faults: boolean;
  /** Notes what happened, for the trace of a failure. */
  note(what: string): void;
  readonly trace: readonly string[];
}

/** Of the first place; `simulated@hub 2` and so on for the others. */
const ROUTE = "simulated@hub";
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const LOOKBACK = 6 * HOUR;
export const SETTLE_DELAY = MINUTE;

export interface WorldOptions {
  readonly parts: readonly string[];
  readonly hours: number;
  readonly devices: number;
  /** Beside the first one. */
  readonly morePlaces: readonly Pick<Place, "readable" | "down">[];
}

export function createWorld(scheduler: Scheduler, chance: Chance, fate: Fate, options: WorldOptions): World {
  const trace: string[] = [];
  // A device may be left out of a replay; what the others do stays as it is.
  const present = new Set(Array.from({ length: options.devices }, (_, device) => deviceName(device)));
  for (const name of present) if (!fate.strikes(name, 1)) present.delete(name);
  const records = createRecords(chance, options).filter(({ device }) => present.has(device));
  return {
    scheduler,
    fate,
    nature: scheduler.startProcess("world"),
    records,
    refusedIds: new Set(records.filter(({ refused }) => refused).map(({ eventId }) => eventId)),
    places: [
      { route: ROUTE, label: "", hub: createHub(chance.between(1, 3)), readable: true },
      ...options.morePlaces.map((place, index) => ({
        route: `${ROUTE} ${index + 2}`,
        label: `hub ${index + 2} `,
        hub: createHub(1),
        ...place,
      })),
    ],
    store: memoryCheckpoints(),
    deadLetters: memoryDeadLetters(),
    claims: memoryPushClaims(() => scheduler.now),
    books: memoryBackfills(),
    onTheWire: new Map(),
    faults: true,
    note(what) {
      trace.push(`${(scheduler.now / MINUTE).toFixed(2).padStart(9)} min  ${what}`);
    },
    trace,
  };
}

/** Some are late, never by as much as the lookback; some are rewritten; a few share one instant; a few are refused. */
function createRecords(chance: Chance, { parts, hours, devices }: WorldOptions): readonly WorldRecord[] {
  const records: WorldRecord[] = [];
  for (let device = 0; device < devices; device += 1) {
    const part = parts[device % parts.length] ?? "";
    const everyMs = chance.between(5, 40) * MINUTE;
    for (let time = chance.between(0, everyMs); time < hours * HOUR; time += everyMs) {
      const key = `d${device}-${time}`;
      const late = chance.happens(0.1) ? chance.between(0, LOOKBACK - HOUR) : chance.between(0, SETTLE_DELAY / 2);
      const refused = chance.happens(0.004);
      records.push(createRecord(key, "1", { time, device, part, refused, visibleAt: time + late }));
      if (chance.happens(0.05)) {
        const visibleAt = time + late + chance.between(0, Math.max(0, LOOKBACK - HOUR - late));
        records.push(createRecord(key, "2", { time, device, part, refused: false, visibleAt }));
      }
    }
  }
  return records;
}

function createRecord(
  key: string,
  version: string,
  facts: { time: number; device: number; part: string; refused: boolean; visibleAt: number },
): WorldRecord {
  return {
    recType: "simulated",
    key,
    version,
    eventId: half(key) + half(`${key}/${version}`),
    time: facts.time,
    storedAt: facts.visibleAt,
    device: deviceName(facts.device),
    body: BODY,
    part: facts.part,
    visibleAt: facts.visibleAt,
    refused: facts.refused,
  };
}

function deviceName(device: number): string {
  return `device ${device}`;
}

function half(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const BODY = new Uint8Array(100);

function createHub(partitionCount: number): Hub {
  const partitions = Array.from({ length: partitionCount }, (): StoredEvent[] => []);
  return {
    partitions,
    createdAt: 0,
    store(partition, events) {
      const stored = partitions[partition];
      if (stored === undefined) throw new RangeError(`no partition ${partition}`);
      for (const event of events) stored.push({ sequenceNumber: stored.length, event });
    },
    positions() {
      const ends = partitions.map((events, id): [string, number] => [String(id), events.length - 1]);
      return { hub: `hub ${this.createdAt}`, partitions: Object.fromEntries(ends) };
    },
  };
}
