// What the hub holds against what was served: every record once, unchanged, and in order per device.
import { readSections, dataOf, sectionCode } from "../dev/amqp/sections.ts";
import type { StoredMessage } from "../dev/event-hubs-emulator/store.ts";
import { recordWriter, type RecordSet, type RecordWriter } from "./records.ts";

export interface Verdict {
  readonly ok: boolean;
  readonly expected: number;
  readonly events: number;
  readonly repeated: number;
  readonly changed: number;
  readonly outOfOrder: number;
}

/** `inOrder` is false for contenders that promise none. */
export function verify(
  messages: Iterable<Pick<StoredMessage, "message">>,
  sets: readonly RecordSet[],
  inOrder: boolean,
): Verdict {
  const lists = sets.map((set) => ({
    writer: recordWriter(set),
    seen: new Uint8Array(set.count),
    last: new Map<number, number>(),
    expected: Buffer.alloc(set.bytes),
  }));
  const counts = { events: 0, repeated: 0, changed: 0, outOfOrder: 0 };
  for (const { message } of messages) {
    counts.events += 1;
    const section = readSections(message).find(({ code }) => code === sectionCode.data);
    const body = section === undefined ? Buffer.alloc(0) : dataOf(message, section);
    const list = lists.find(({ writer, expected }) => isOf(writer, expected, body));
    if (list === undefined) {
      counts.changed += 1;
      continue;
    }
    const index = list.writer.indexOf(body);
    if (list.seen[index] === 1) counts.repeated += 1;
    list.seen[index] = 1;
    const device = list.writer.deviceOf(index);
    if (inOrder && index < (list.last.get(device) ?? -1)) counts.outOfOrder += 1;
    list.last.set(device, index);
  }
  const expected = sets.reduce((sum, { count }) => sum + count, 0);
  const wrong = counts.repeated + counts.changed + counts.outOfOrder;
  return { ok: wrong === 0 && counts.events === expected, expected, ...counts };
}

/** Byte for byte: the expected record is written anew and compared. */
function isOf(writer: RecordWriter, expected: Buffer, body: Buffer): boolean {
  const index = writer.indexOf(body);
  if (!(index >= 0 && index < writer.set.count)) return false;
  writer.write(expected, 0, index);
  return expected.equals(body);
}
