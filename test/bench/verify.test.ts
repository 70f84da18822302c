import rhea from "rhea";
import { describe, expect, it } from "vitest";
import { grossLosses } from "../../bench/ratios.ts";
import { recordWriter } from "../../bench/records.ts";
import { verify } from "../../bench/verify.ts";

const set = {
  recType: "com.example.bench.feed0",
  count: 1200,
  bytes: 1240,
  from: Date.UTC(2025, 2, 4),
  spanMs: 3_600_000,
};
const writer = recordWriter(set);

function message(index: number, change = (body: Buffer): Buffer => body): { readonly message: Buffer } {
  const body = Buffer.alloc(set.bytes);
  writer.write(body, 0, index);
  return { message: rhea.message.encode({ body: rhea.message.data_section(change(body)) }) };
}

const all = Array.from({ length: set.count }, (_, index) => message(index));

describe("the proof of a benchmark run", () => {
  it("holds when every record is there once, unchanged and in order", () => {
    expect(verify(all, [set], true)).toMatchObject({ ok: true, events: 1200, expected: 1200 });
  });

  it("fails for a record that is missing, repeated, changed or of another list", () => {
    expect(verify(all.slice(1), [set], true).ok).toBe(false);
    expect(verify([...all, message(7)], [set], true)).toMatchObject({ ok: false, repeated: 1 });
    const shout = (body: Buffer): Buffer => Buffer.from(body.toString().replace("pipeline", "PIPELINE"));
    expect(verify([message(0, shout), ...all.slice(1)], [set], true)).toMatchObject({ ok: false, changed: 1 });
    expect(verify(all, [{ ...set, recType: "com.example.bench.feed1" }], true).ok).toBe(false);
  });

  it("fails for a device out of order only where order was promised", () => {
    const [first, ...others] = all;
    const late = [...others, ...(first === undefined ? [] : [first])];
    expect(verify(late, [set], true)).toMatchObject({ ok: false, outOfOrder: 1 });
    expect(verify(late, [set], false).ok).toBe(true);
  });
});

describe("the quick benchmark", () => {
  const recorded = { speed: 6, cost: 1 };

  it("passes what lies near the recorded ratios, on either side, and what is not recorded", () => {
    const ratios = [
      { what: "speed", value: 3.5, target: ">= 4" },
      { what: "cost", value: 1.9, target: "<= 1.15" },
      { what: "new", value: 0, target: ">= 1" },
    ];
    expect(grossLosses(ratios, recorded)).toEqual([]);
  });

  it("names what got worse by more than a factor of two", () => {
    const ratios = [
      { what: "speed", value: 2.9, target: ">= 4" },
      { what: "cost", value: 2.1, target: "<= 1.15" },
    ];
    expect(grossLosses(ratios, recorded)).toEqual(["speed: 2.90, recorded 6.00", "cost: 2.10, recorded 1.00"]);
  });
});
