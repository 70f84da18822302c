// Turns the passing of time into stored records: when they come, late or not, rewritten, repeated.
import { commonTags } from "./fleet-data.ts";
import { layOutFleet } from "./fleet-layout.ts";
import type { FleetLayout } from "./fleet-layout.ts";
import { streamsOf } from "./fleet-streams.ts";
import type { Stream } from "./fleet-streams.ts";
import { hexOf, keyOf, roll, rollBetween } from "./prng.ts";
import { StoredRecord } from "./record.ts";
import type { Change, Producer } from "./store.ts";
import { dayMs, hourMs, minuteMs } from "./time-text.ts";
import type { FleetOptions } from "./types.ts";

export interface Fleet {
  readonly layout: FleetLayout;
  readonly dataContext: readonly string[];
  readonly produce: Producer;
}

/** The same seed and options make the same records, whenever and in whatever steps the clock is moved. */
export function createFleet(options: { seed: number; now: number; legacy: boolean; fleet: FleetOptions }): Fleet {
  const settings = settingsOf(options);
  const layout = layOutFleet(options.seed, settings);
  const streams = streamsOf(layout, {
    motionPeriodMs: settings.motionEveryMinutes * minuteMs,
    peoplePeriodMs: settings.peopleEveryMinutes * minuteMs,
    legacy: options.legacy,
  });
  let nextHour = Math.floor(settings.startAt / hourMs) * hourMs;
  return {
    layout,
    dataContext: commonTags,
    *produce(to) {
      for (; nextHour <= to && streams.length > 0; nextHour += hourMs) {
        const changes: Change[] = [];
        for (const stream of streams) scheduleHour(stream, nextHour, settings, changes);
        yield { readyTo: nextHour + hourMs - 1, changes };
      }
    },
  };
}

/** As the platform makes ids: the storage second, then 16 more hex digits. */
export function idOf(storedAt: number, key: number): string {
  return (Math.floor(storedAt / 1000) >>> 0).toString(16).padStart(8, "0") + hexOf(16, key, storedAt);
}

type Settings = Required<FleetOptions>;

function settingsOf(options: { now: number; fleet: FleetOptions }): Settings {
  return {
    buildings: 2,
    roomsPerBuilding: 4,
    devicesPerRoom: 2,
    startAt: options.now - dayMs,
    motionEveryMinutes: 15,
    peopleEveryMinutes: 15,
    lateShare: 0.02,
    rewrittenShare: 0.02,
    repeatedShare: 0.01,
    foreignShare: 0.05,
    maxLateMs: 3 * hourMs,
    visibilityLagMs: 0,
    ...options.fleet,
  };
}

function scheduleHour(stream: Stream, hour: number, settings: Settings, changes: Change[]): void {
  for (let slot = Math.ceil(hour / stream.periodMs); slot * stream.periodMs < hour + hourMs; slot += 1) {
    const time = stream.timeIn(slot);
    if (time >= settings.startAt) schedule(stream, time, settings, changes);
  }
}

function schedule(stream: Stream, time: number, settings: Settings, changes: Change[]): void {
  const dice = keyOf(stream.key, time);
  const late = roll(dice, 1) < settings.lateShare;
  const lateMs = late ? rollBetween(1, Math.max(1, settings.maxLateMs), dice, 2) : 0;
  const storedAt = stream.promptlyStoredAt(time) + lateMs;
  const facts = {
    id: idOf(storedAt, dice),
    version: 1,
    time,
    storedAt,
    changedAt: storedAt,
    visibleFrom: storedAt + settings.visibilityLagMs,
    repeated: roll(dice, 3) < settings.repeatedShare,
    late,
    raw: undefined,
    first: undefined,
  };
  changes.push({ kind: "store", at: facts.visibleFrom, record: new StoredRecord(stream.series, facts) });
  if (roll(dice, 4) < settings.rewrittenShare) {
    const at = facts.visibleFrom + rollBetween(5 * minuteMs, 3 * hourMs, dice, 5);
    changes.push({ kind: "rewrite", at, id: facts.id, next: ({ series }) => ({ series, raw: undefined }) });
  }
  if (roll(dice, 6) < settings.foreignShare) {
    const foreign = { ...facts, id: idOf(storedAt, keyOf(dice, 7)), repeated: false };
    changes.push({ kind: "store", at: facts.visibleFrom, record: new StoredRecord(stream.foreignSeries, foreign) });
  }
}
