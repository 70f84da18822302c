// Payloads of the fleet's records: hourly snapshots, people counters, motion events. Pure functions of key and slot.
import type { Lobby, Sensor } from "./fleet-layout.ts";
import { hexOf, roll, rollBetween } from "./prng.ts";
import { calendarTexts, hourMs, isoText, localDay, minuteMs } from "./time-text.ts";

export const roomTags = ["Example Facilities", "solutions", "room"];
export const peopleTags = ["Example Facilities", "solutions", "people"];
/** What both have in common. */
export const commonTags = ["Example Facilities", "solutions"];

const timeZone = "Europe/Paris";

/** One hour of one metric of one place; a second version is the same hour with one more data point. */
export function snapshotData(
  of: { key: number; place: readonly string[]; category: string; metric: string; time: number },
  version: number,
): unknown {
  const points = Array.from({ length: 3 + version }, (_, index) => {
    const draw = roll(of.key, of.metric, of.time, index);
    return of.category === "space" ? Math.round(draw * 4) / 4 : Math.round((draw * 20 - 10) * 10) / 10;
  });
  const first = points[0] ?? 0;
  const last = points.at(-1) ?? 0;
  const sum = rounded(points.reduce((total, point) => total + point, 0));
  const [max, min] = [Math.max(...points), Math.min(...points)];
  const time = isoText(of.time);
  return {
    current: {
      avg: rounded(sum / points.length),
      count: points.length,
      delta: rounded(last - first),
      first,
      last,
      max,
      min,
      range: rounded(max - min),
      sum,
    },
    meta: {
      agg: { period: { hour: 1 } },
      date: calendarTexts(of.time),
      details: { label: "", unit: "" },
      device: of.place,
      global: roomTags,
      iot: { time },
      snapshot: { category: of.category, metric: of.metric },
    },
    time,
  };
}

/** What one motion sensor saw since its previous event. */
export function motionData(
  sensor: Sensor,
  at: { slot: number; time: number; periodMs: number },
  version: number,
): unknown {
  const minutes = rounded(at.periodMs / minuteMs);
  const motions = Math.floor(roll(sensor.key, at.slot, "motions") ** 2 * 20) + (version - 1);
  const minutesTrue = motions === 0 ? 0 : Math.min(minutes, motions);
  const wasPresent = roll(sensor.key, at.slot - 1, "motions") ** 2 * 20 >= 1;
  return {
    device: {
      connection_restart: false,
      id: sensor.id,
      last_record: isoText(at.time - at.periodMs),
      missing_records: 0,
    },
    elapsed: { minutes },
    meta: { device: sensor.place, global: roomTags, iot: radio(sensor, at), source: [], usecase: "SC05" },
    motion: { hourly_rate: Math.round((motions * hourMs) / at.periodMs), value: motions },
    presence: {
      change: motions > 0 !== wasPresent,
      state_time: { false: { minutes: rounded(minutes - minutesTrue) }, true: { minutes: minutesTrue } },
      value: motions > 0,
    },
    time: isoText(at.time),
  };
}

/** Level 2: one door, one report. */
export function doorData(door: Sensor, at: { slot: number; time: number; periodMs: number }, version: number): unknown {
  const now = addCounts([passed(door, at.slot, at.periodMs)], version - 1);
  const today = countToday([door], at, version - 1);
  const day = localDay(at.time, timeZone);
  return {
    change: {
      alerts: 0,
      count: now.in - now.out,
      faults: 0,
      in: now.in,
      missing_records: 0,
      out: now.out,
      source_record: hexOf(24, door.key, at.slot, "level 1"),
      traffic: now.in + now.out,
    },
    current: { fcnt_up: fcntUp(at.slot), in: today.in, out: today.out, time: isoText(at.time) },
    daily_total: { ...calendarOf(day), ...totalsOf(today), count: today.in - today.out },
    device: { alert: [], fault: [], id: door.id, voltage: [{ unit: "V", value: 3.6 }] },
    event: "people_counter",
    meta: {
      device: door.place,
      global: peopleTags,
      iot: radio(door, at),
      reset_hour: 0,
      source: [],
      timezone: timeZone,
      usecase: "SF01",
    },
    time: isoText(at.time),
  };
}

/** Level 3: all doors of a lobby. As in the vendor's sample it has no `time` of its own. */
export function lobbyData(
  lobby: Lobby,
  at: { slot: number; time: number; periodMs: number },
  version: number,
): unknown {
  const now = addCounts(
    lobby.doors.map((door) => passed(door, at.slot, at.periodMs)),
    version - 1,
  );
  const today = countToday(lobby.doors, at, version - 1);
  const day = localDay(at.time, timeZone);
  const inside = Math.max(0, today.in - today.out);
  return {
    change: {
      count: now.in - now.out,
      elapsed: { minutes: at.periodMs / minuteMs },
      in: now.in,
      missing_records: 0,
      num_devices: lobby.doors.length,
      out: now.out,
      raw_count: now.in - now.out,
      traffic: now.in + now.out,
    },
    daily_total: {
      alerts: 0,
      count: inside,
      ...calendarOf(day),
      faults: 0,
      missing_records: 0,
      num_devices: lobby.doors.length,
      ...totalsOf(today),
      percent_capacity: Math.round((inside / 120) * 100),
    },
    event: "people_counter_aggregate",
    meta: {
      capacity: 120,
      device: lobby.place,
      global: peopleTags,
      iot: { time: isoText(at.time) },
      reset_hour: 0,
      tag_depth: 3,
      timezone: timeZone,
    },
  };
}

interface Counts {
  readonly in: number;
  readonly out: number;
}

/** People through one door in one slot: a busy morning in, a busy evening out. */
function passed(door: Sensor, slot: number, periodMs: number): Counts {
  const hour = Math.floor((slot * periodMs) / hourMs) % 24;
  const busyIn = hour >= 6 && hour < 12 ? 12 : 4;
  const busyOut = hour >= 15 && hour < 20 ? 12 : 3;
  return {
    in: rollBetween(0, busyIn, door.key, slot, "in"),
    out: rollBetween(0, busyOut, door.key, slot, "out"),
  };
}

function countToday(
  doors: readonly Sensor[],
  at: { slot: number; time: number; periodMs: number },
  more: number,
): Counts {
  const firstSlot = Math.ceil(localDay(at.time, timeZone).startsAt / at.periodMs);
  return addCounts(
    doors.map((door) => countSince(door, Math.min(firstSlot, at.slot), at)),
    more,
  );
}

// Running totals of the day last asked for: neighbours in a list mostly belong to the same day.
const runningTotals = new WeakMap<Sensor, { firstSlot: number; periodMs: number; totals: Counts[] }>();

function countSince(door: Sensor, firstSlot: number, at: { slot: number; periodMs: number }): Counts {
  let day = runningTotals.get(door);
  if (day === undefined || day.firstSlot !== firstSlot || day.periodMs !== at.periodMs) {
    day = { firstSlot, periodMs: at.periodMs, totals: [] };
    runningTotals.set(door, day);
  }
  const { totals } = day;
  for (let slot = firstSlot + totals.length; slot <= at.slot; slot += 1) {
    totals.push(addCounts([totals.at(-1) ?? { in: 0, out: 0 }, passed(door, slot, at.periodMs)], 0));
  }
  return totals[at.slot - firstSlot] ?? { in: 0, out: 0 };
}

function addCounts(counts: readonly Counts[], more: number): Counts {
  const total = { in: more, out: 0 };
  for (const count of counts) {
    total.in += count.in;
    total.out += count.out;
  }
  return total;
}

function totalsOf(today: Counts): Record<string, number> {
  return { in: today.in, out: today.out, raw_count: today.in - today.out, traffic: today.in + today.out };
}

function calendarOf(day: ReturnType<typeof localDay>): Record<string, unknown> {
  return {
    date: day.date,
    day_of_the_week: day.dayOfTheWeek,
    hour: day.hour,
    reset_time: isoText(day.startsAt),
    timezone: timeZone,
  };
}

function radio(sensor: Sensor, at: { slot: number; time: number }): Record<string, unknown> {
  const time = isoText(at.time);
  return {
    bw: 125,
    channel: rollBetween(0, 7, sensor.key, at.slot, "channel"),
    device_id: sensor.id,
    fcnt_dwn: 12,
    fcnt_up: fcntUp(at.slot),
    fport: 102,
    freq: 867.3,
    iso_time: time,
    ns_version: "v3.0",
    payload: hexOf(14, sensor.key, at.slot),
    payload_fmt: 1,
    rssi: -rollBetween(60, 118, sensor.key, at.slot),
    sf: rollBetween(7, 12, sensor.key, at.slot, "sf"),
    snr: 6.2,
    time,
    type: "uplink",
  };
}

/** 16-bit, as LoRaWAN counts. */
function fcntUp(slot: number): number {
  return slot % 65_536;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
