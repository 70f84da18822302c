import { describe, expect, it } from "vitest";
import { createFrames, readProduceAnswer, readProduceRequest } from "../../src/sinks/kafka-wire.ts";
import { fc } from "../fast-check.ts";
import { framed, int16, int32, text } from "./kafka/wire.ts";

function produceRequest(version: number, topic = "records", partition = 3, clientId = text("bridge")): Buffer {
  const head = [int16(0), int16(version), int32(77), clientId, int16(-1), int16(-1), int32(30_000)];
  return framed(...head, int32(1), text(topic), int32(1), int32(partition), int32(2), Buffer.from("xx"));
}

describe("a produce request on the wire", () => {
  it.each([3, 5, 7, 8])("of version %i names its batch", (version) => {
    const found = { version, correlationId: 77, topic: "records", partition: 3 };
    expect(readProduceRequest(produceRequest(version))).toEqual(found);
    expect(readProduceRequest(produceRequest(version, "records", 3, int16(-1)))).toEqual(found);
  });

  it("is told from every other request, from versions of another layout, and from bytes of a login", () => {
    const metadata = framed(int16(3), int16(5), int32(1), text("bridge"), int32(0));
    const login = framed(Buffer.from("\0$ConnectionString\0secret"));
    for (const other of [metadata, login, produceRequest(2), produceRequest(9), Buffer.alloc(4)]) {
      expect(readProduceRequest(other)).toBeUndefined();
    }
    expect(readProduceRequest(produceRequest(7).subarray(0, -1))).toBeUndefined();
  });
});

describe("the answer to a produce request", () => {
  const answer = (code: number, throttleMs: number): Buffer =>
    Buffer.concat([
      int32(77),
      int32(1),
      text("records"),
      int32(1),
      int32(3),
      int16(code),
      Buffer.alloc(24),
      int32(throttleMs),
    ]);

  it("tells the broker's code, and the silence that a client has to keep by itself", () => {
    expect(readProduceAnswer(answer(0, 0), 7)).toEqual({ code: 0, throttleMs: 0 });
    expect(readProduceAnswer(answer(-1, 1_500), 7)).toEqual({ code: -1, throttleMs: 1_500 });
    expect(readProduceAnswer(answer(7, 1_500), 6)).toEqual({ code: 7, throttleMs: 1_500 });
    expect(readProduceAnswer(answer(7, 1_500), 5)).toEqual({ code: 7, throttleMs: 0 });
    expect(readProduceAnswer(answer(0, -1), 7)).toEqual({ code: 0, throttleMs: 0 });
  });

  it("says nothing where it names no batch", () => {
    expect(readProduceAnswer(Buffer.concat([int32(77), int32(0), int32(0)]), 7)).toBeUndefined();
    expect(readProduceAnswer(Buffer.concat([int32(77), int32(1), text("t"), int32(0), int32(0)]), 7)).toBeUndefined();
  });
});

describe("frames", () => {
  it("come out whole, however the bytes arrive", () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(contents, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (frames, sizes) => {
        const stream = Buffer.concat(frames.map((frame) => framed(Buffer.from(frame))));
        const found: Buffer[] = [];
        const read = createFrames((frame) => found.push(frame));
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          read(stream.subarray(at, at + size));
          at += size;
        }
        expect(found.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
      }),
    );
  });
});
