// The streams of records that a fleet's devices send, each with its own rhythm.
import { doorData, lobbyData, motionData, peopleTags, roomTags, snapshotData } from "./fleet-data.ts";
import type { Building, FleetLayout, Lobby, Room, Sensor } from "./fleet-layout.ts";
import { keyOf, roll, rollBetween } from "./prng.ts";
import { defaultTags } from "./record.ts";
import type { Series } from "./record.ts";
import { hourMs, isoText, minuteMs } from "./time-text.ts";

export const recTypes = {
  snapshot: "io.microshare.lake.snapshot.hourly",
  people: "io.microshare.peoplecounter.unpacked.event.agg",
  peopleEvent: "io.microshare.peoplecounter.unpacked.event",
  motion: "io.microshare.motion.unpacked.event",
};
export const ownOrg = "com.example.facilities";
const foreignOrg = "com.example.neighbour";

/** One record per slot, slot n beginning at n times the period. */
export interface Stream {
  readonly series: Series;
  /** The same of another tenant, hidden from the account. */
  readonly foreignSeries: Series;
  readonly key: number;
  readonly periodMs: number;
  /** Event time, within the slot. */
  readonly timeIn: (slot: number) => number;
  /** Storage time of a record that is not late. */
  readonly promptlyStoredAt: (time: number) => number;
}

export interface Rhythm {
  readonly motionPeriodMs: number;
  readonly peoplePeriodMs: number;
  readonly legacy: boolean;
}

export function streamsOf(layout: FleetLayout, rhythm: Rhythm): Stream[] {
  return layout.buildings.flatMap((building) => streamsOfBuilding(building, rhythm));
}

function streamsOfBuilding({ rooms, lobby }: Building, rhythm: Rhythm): Stream[] {
  return [
    ...rooms.flatMap((room) => [...snapshots(room, rhythm), ...room.sensors.map((sensor) => motions(sensor, rhythm))]),
    ...lobby.doors.map((door) => doorReports(door, rhythm)),
    lobbyTotals(lobby, rhythm),
  ];
}

/** The room's own metrics, then the radio of each sensor. `time` labels the start of the hour. */
function snapshots(room: Room, { legacy }: Rhythm): Stream[] {
  const roomWide = { key: room.key, device: room.place.join("/"), place: [...room.place, ""], category: "space" };
  const measured = [
    { ...roomWide, metric: "occupancy" },
    { ...roomWide, metric: "activity" },
    ...room.sensors.map(({ key, id }) => ({
      key,
      device: id,
      place: [...room.place, id],
      category: "device",
      metric: "snr",
    })),
  ];
  return measured.map(({ key: ownerKey, ...of }) => {
    const key = keyOf(ownerKey, of.metric);
    const payload: Series["payload"] = (time, version) => snapshotData({ ...of, key, time }, version);
    return {
      ...bothTenants({ recType: recTypes.snapshot, ...of, global: roomTags, legacy, payload }),
      key,
      periodMs: hourMs,
      timeIn: (slot) => slot * hourMs,
      // The hour has to be over first, then comes the platform's own delay.
      promptlyStoredAt: (time) => time + hourMs + rollBetween(2 * minuteMs, 9 * minuteMs, key, time),
    };
  });
}

function motions(sensor: Sensor, { motionPeriodMs: periodMs, legacy }: Rhythm): Stream {
  const { key, id: device, place } = sensor;
  const payload: Series["payload"] = (time, version) => motionData(sensor, slotOf(time, periodMs), version);
  return {
    ...bothTenants({ recType: recTypes.motion, device, place, global: roomTags, legacy, payload }),
    ...wavering(key, periodMs),
    promptlyStoredAt: (time) => time + rollBetween(300, 2_000, key, time),
  };
}

function doorReports(door: Sensor, { peoplePeriodMs: periodMs, legacy }: Rhythm): Stream {
  const { key, id: device, place } = door;
  const payload: Series["payload"] = (time, version) => doorData(door, slotOf(time, periodMs), version);
  return {
    ...bothTenants({ recType: recTypes.peopleEvent, device, place, global: peopleTags, legacy, payload }),
    ...wavering(key, periodMs),
    promptlyStoredAt: (time) => time + 1_000,
  };
}

function lobbyTotals(lobby: Lobby, { peoplePeriodMs: periodMs, legacy }: Rhythm): Stream {
  const { key, place } = lobby;
  const payload: Series["payload"] = (time, version) => lobbyData(lobby, slotOf(time, periodMs), version);
  const device = place.join("/");
  return {
    ...bothTenants({ recType: recTypes.people, device, place, global: peopleTags, legacy, payload }),
    ...wavering(key, periodMs),
    promptlyStoredAt: (time) => time + 1_500,
  };
}

/** Each device keeps its own phase in the rhythm and wavers a little around it, never leaving the slot. */
function wavering(key: number, periodMs: number): Pick<Stream, "key" | "periodMs" | "timeIn"> {
  const phase = roll(key, "phase") * 0.6;
  return {
    key,
    periodMs,
    timeIn: (slot) => Math.floor(slot * periodMs + (phase + roll(key, slot) * 0.2) * periodMs),
  };
}

function slotOf(time: number, periodMs: number): { slot: number; time: number; periodMs: number } {
  return { slot: Math.floor(time / periodMs), time, periodMs };
}

function bothTenants(of: {
  recType: string;
  device: string;
  place: readonly string[];
  global: readonly string[];
  category?: string;
  metric?: string;
  legacy: boolean;
  payload: Series["payload"];
}): Pick<Stream, "series" | "foreignSeries"> {
  const { category, metric, ...rest } = of;
  const tags = defaultTags(of.global, of.place);
  const series: Series = { ...rest, category, metric, tags, ownerOrg: ownOrg, hidden: false, iotTimeAt: isoText };
  return { series, foreignSeries: { ...series, ownerOrg: foreignOrg, hidden: true } };
}
