// The feeds of the demo: one of each kind, and for each what it should have delivered, worked out without the bridge.
import { createHash } from "node:crypto";
import type { MicroshareSimulator, SimulatedRecord } from "../microshare-simulator/index.ts";
import { MINUTE_MS } from "./stand-ins.ts";

export interface DemoFeed {
  readonly name: string;
  /** As an entry of the setting FEEDS. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly recType: string;
  /** The clock its windows go by. */
  readonly by: "time" | "storedAt";
  /** Only these records are the feed's. */
  wants(record: SimulatedRecord): boolean;
  /** What makes a record in the simulator and an event in the hub the same. */
  identityOfRecord(record: SimulatedRecord): string;
  identityOfEvent(body: unknown): string;
  /** Milliseconds, by the feed's clock. */
  timeOfEvent(body: unknown): number;
  deviceOfEvent(body: unknown): string;
}

export const SETTLE_MS = MINUTE_MS;

export function demoFeeds(microshare: MicroshareSimulator): readonly DemoFeed[] {
  const { recTypes, views, viewRecType, dataContext } = microshare;
  const view = { viewRecType, dataContext };
  return [
    {
      name: "motion",
      settings: { kind: "share", recType: recTypes.motion, pageSize: 500 },
      recType: recTypes.motion,
      by: "storedAt",
      wants: () => true,
      identityOfRecord: ({ id, checksum }) => `${id} ${checksum}`,
      identityOfEvent: (body) => `${text(body, "id")} ${text(body, "checksum")}`,
      timeOfEvent: (body) => Number(read(body, "tstamp")),
      deviceOfEvent: (body) => String(read(body, "data", "meta", "iot", "device_id")),
    },
    {
      name: "doors",
      settings: {
        kind: "view",
        recType: recTypes.peopleEvent,
        viewId: views.eventPassThrough,
        viewRecType,
        timeField: "createDate",
      },
      recType: recTypes.peopleEvent,
      by: "storedAt",
      wants: () => true,
      identityOfRecord: ({ id, checksum }) => `${id} ${checksum}`,
      identityOfEvent: (body) => `${text(body, "_id")} ${text(body, "checksum")}`,
      timeOfEvent: (body) => Date.parse(String(read(body, "createDate"))),
      deviceOfEvent: (body) => String(read(body, "data", "meta", "iot", "device_id")),
    },
    {
      name: "lobbies",
      settings: {
        kind: "dashboard",
        recType: recTypes.people,
        viewId: views.peopleDashboard,
        viewRecType,
        dataContext: ["people"],
        deviceCluster: microshare.deviceCluster,
        viewParameters: { field1: "daily_total", field2: "meta", field3: "change" },
      },
      recType: recTypes.people,
      by: "time",
      wants: () => true,
      identityOfRecord: ({ id, data }) => `${id} ${digest([read(data, "daily_total"), read(data, "change")])}`,
      identityOfEvent: (body) =>
        `${text(body, "data", "record")} ${digest([read(body, "data", "daily_total"), read(body, "data", "change")])}`,
      ...lineEntry,
    },
    {
      name: "rooms",
      settings: {
        kind: "dashboard",
        recType: recTypes.snapshot,
        viewId: views.snapshotDashboard,
        ...view,
        locations: microshare.locations,
        viewParameters: { field1: "current", category: "space", metric: "occupancy", ownerOrg: '"[a-zA-Z]"' },
      },
      recType: recTypes.snapshot,
      by: "time",
      wants: ({ category, metric }) => category === "space" && metric === "occupancy",
      identityOfRecord: ({ place, time, data }) =>
        `${place.filter((name) => name !== "").join("/")} ${new Date(time).toISOString()} ${digest(read(data, "current"))}`,
      identityOfEvent: (body) =>
        `${tagsOf(body).join("/")} ${text(body, "data", "time")} ${digest(read(body, "data", "current"))}`,
      ...lineEntry,
    },
  ];
}

/** For texts and numbers; empty for anything else. */
function text(value: unknown, ...path: readonly string[]): string {
  const found = read(value, ...path);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

/** Entries of dashboards: their time series is the device. */
const lineEntry = {
  timeOfEvent: (body: unknown) => Date.parse(String(read(body, "data", "time"))),
  deviceOfEvent: (body: unknown) => tagsOf(body).join("/"),
};

/** A member of a member of parsed JSON; undefined where the path ends. */
export function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined),
    value,
  );
}

function tagsOf(body: unknown): readonly string[] {
  const tags = read(body, "tags");
  return Array.isArray(tags) ? tags.map(String).filter((tag) => tag !== "") : [];
}

/** Of JSON, whatever the order of its members. */
function digest(value: unknown): string {
  return createHash("sha256").update(sorted(value)).digest("hex").slice(0, 16);
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sorted(member)}`).join()}}`;
}
