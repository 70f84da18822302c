// Taking batches apart, and bytes that are no message.
import { readSections } from "../../../dev/amqp/sections.ts";
import { batchFormat, readTransfer } from "../../../dev/amqp/transfers.ts";
import { assert, nat, property } from "fast-check";
import rhea from "rhea";
import { describe, expect, it } from "vitest";

const { message, types } = rhea;
const inner = (text: string) => message.encode({ body: message.data_section(Buffer.from(text)) });

describe("readTransfer", () => {
  it("splits a batch of one and of many", () => {
    const one = message.encode({ body: message.data_sections([inner("a")]) });
    const two = message.encode({ body: message.data_sections([inner("a"), inner("x".repeat(300))]) });

    expect(readTransfer(one, batchFormat)).toMatchObject({ messages: [inner("a")] });
    expect(readTransfer(two, batchFormat)).toMatchObject({ messages: [inner("a"), inner("x".repeat(300))] });
  });

  it("finds the partition key on the envelope", () => {
    const annotations = { other: 1, "x-opt-partition-key": "desk" };
    const bytes = message.encode({ message_annotations: annotations, body: message.data_sections([inner("a")]) });

    expect(readTransfer(bytes, batchFormat)).toMatchObject({ partitionKey: "desk" });
  });

  it("says what is wrong with bytes it cannot read", () => {
    expect(readTransfer(Buffer.from("nonsense"), 0)).toBe("not a described value");
    expect(readTransfer(inner("a").subarray(0, -1), 0)).toBe("section longer than its message");
    expect(readTransfer(message.encode({ body: message.data_sections([]) }), batchFormat)).toBe("the batch is empty");
    expect(readTransfer(message.encode({ body: message.data_section(Buffer.from("raw")) }), batchFormat)).toBe(
      "not a described value",
    );
    expect(readTransfer(inner("a"), 7)).toBe("unknown message format 7");
  });

  it("never throws on damaged bytes", () => {
    const bytes = message.encode({
      durable: true,
      application_properties: { a: 1 },
      body: message.data_sections([inner("a")]),
    });
    assert(
      property(nat(bytes.length - 1), nat(255), nat(bytes.length), (at, value, length) => {
        const damaged = Buffer.from(bytes.subarray(0, length));
        if (at < damaged.length) damaged[at] = value;
        expect(["string", "object"]).toContain(typeof readTransfer(damaged, batchFormat));
        expect(["string", "object"]).toContain(typeof readTransfer(damaged, 0));
      }),
    );
  });
});

it("cuts a message with values of every width into its sections", () => {
  const bytes = message.encode({
    durable: true,
    ttl: 5000,
    delivery_annotations: { a: types.wrap_ushort(1), b: types.wrap_uuid(Buffer.alloc(16)) },
    message_annotations: {
      d: types.wrap_double(1.5),
      l: types.wrap_long(2 ** 40),
      deep: { list: [1, "x".repeat(300)] },
    },
    message_id: "id",
    application_properties: { array: types.wrap_array(["a", "b"], 0xa1, undefined) },
    body: message.data_section(Buffer.alloc(70_000)),
    footer: { f: types.wrap_described("x", "described") },
  });

  expect(readSections(bytes).map(({ code }) => code)).toEqual([0x70, 0x71, 0x72, 0x73, 0x74, 0x78, 0x75]);
  expect(readSections(bytes).at(-1)?.end).toBe(bytes.length);
});
