// The records of the benchmark: in the shape the simulator gives them, written straight into bytes so that serving them costs
// next to nothing, and each one checkable byte by byte where it arrives.
import { checksumOf } from "../dev/microshare-simulator/record.ts";

export interface RecordSet {
  readonly recType: string;
  readonly count: number;
  /** Bytes of one record, the same for all. */
  readonly bytes: number;
  /** Storage time of the first record, and the span over which the others follow evenly; milliseconds. */
  readonly from: number;
  readonly spanMs: number;
}

export interface RecordWriter {
  readonly set: RecordSet;
  /** Writes record `index` at `at` and gives back where it ends. */
  write(into: Buffer, at: number, index: number): number;
  /** The index that stands in a record's bytes; NaN when they are no record of the set. */
  indexOf(body: Buffer): number;
  /** The device of a record: neighbours are of different ones. */
  deviceOf(index: number): number;
}

/** As many as a middle-sized building has; each partition gets some. */
const DEVICES = 500;
/** What a record has at least: below it there is no room for an identity, a time and a device. */
export const LEAST_BYTES = 300;
/** From here on a record has everything that a stored one has. */
const FULL_BYTES = 1200;

const deviceOf = (index: number): number => index % DEVICES;

const ID = "0".repeat(24);
const CHECKSUM = checksumOf("");
const DATE = new Date(0).toISOString();
const STAMP = 1_000_000_000_000;
const DEVICE = "A1-B2-FF-00-00-00-00-00";

export function recordWriter(set: RecordSet): RecordWriter {
  const template = templateOf(set);
  const ids = placesOf(template, ID);
  const checksums = placesOf(template, CHECKSUM);
  const dates = placesOf(template, DATE);
  const stamps = placesOf(template, String(STAMP));
  const devices = placesOf(template, DEVICE);
  const [firstId = 0] = ids;
  return {
    set,
    deviceOf,
    write(into, at, index) {
      template.copy(into, at);
      const stored = set.from + Math.floor((index * set.spanMs) / set.count);
      const place = index.toString(16).padStart(12, "0");
      const id = `${Math.floor(stored / 1000).toString(16)}feed${place}`;
      const date = new Date(stored).toISOString();
      const device = String(deviceOf(index)).padStart(5, "0");
      for (const offset of ids) into.write(id, at + offset, 24, "latin1");
      for (const offset of checksums) into.write(place, at + offset, 12, "latin1");
      for (const offset of dates) into.write(date, at + offset, 24, "latin1");
      for (const offset of stamps) into.write(String(stored), at + offset, 13, "latin1");
      for (const offset of devices)
        into.write(`${device.slice(0, 2)}-${device.slice(2)}`, at + offset + 17, 6, "latin1");
      return at + template.length;
    },
    indexOf(body) {
      if (body.length !== template.length) return Number.NaN;
      return Number.parseInt(body.toString("latin1", firstId + 12, firstId + 24), 16);
    },
  };
}

/** A record with known texts where each one's own will stand. All are ASCII of a fixed length. */
function templateOf({ recType, bytes }: RecordSet): Buffer {
  const without = JSON.stringify(record(recType, bytes, "")).length;
  const template = Buffer.from(JSON.stringify(record(recType, bytes, "x".repeat(Math.max(0, bytes - without)))));
  if (template.length !== bytes) throw new RangeError(`a record of ${bytes} bytes: it takes ${template.length}`);
  return template;
}

function record(recType: string, bytes: number, note: string): Record<string, unknown> {
  if (bytes < FULL_BYTES) {
    return { id: ID, checksum: CHECKSUM, data: { device: { id: DEVICE }, note }, recType, tstamp: STAMP };
  }
  return {
    _id: ID,
    checksum: CHECKSUM,
    createDate: DATE,
    creatorId: "pipeline@example.com",
    data: {
      current: { avg: 0.5, count: 4, delta: 0, first: 0, last: 1, max: 1, min: 0, range: 1, sum: 2 },
      device: { id: DEVICE },
      meta: {
        device: ["North Tower", "Floor 1", "Room 101", ""],
        global: ["Example Facilities", "solutions", "room"],
        iot: { device_id: DEVICE, time: DATE },
      },
      time: DATE,
      note,
    },
    desc: "",
    id: ID,
    name: "",
    origin: {
      checksum: CHECKSUM,
      createDate: DATE,
      creatorId: "pipeline@example.com",
      desc: `Record of Type ${recType}`,
      id: ID,
      name: recType,
    },
    owner: { appid: "0A1B2C3D-1111", org: "com.example.facilities", owners: [], user: "pipeline@example.com" },
    recType,
    tags: ["Example Facilities", "solutions"],
    tstamp: STAMP,
    updateDate: DATE,
    updaterId: "pipeline@example.com",
  };
}

function placesOf(template: Buffer, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = template.indexOf(text); at >= 0; at = template.indexOf(text, at + text.length)) places.push(at);
  return places;
}
