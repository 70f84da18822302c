// Events of every kind, for properties of formats: odd keys and types, and JSON that no writer would write again alike.
import type { OutgoingEvent } from "../../../src/pipeline/records.ts";
import { fc } from "../../fast-check.ts";

/** Half surrogates, controls, noncharacters and all. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("", "\u0000", "\ud800", "\ufffe", "a\u007fb", `"\\`, "Straße/Ü", "io.microshare.lake"),
);

/** Numbers with more digits than a double, spellings, white space and names that stand twice come through as they are. */
const oddJson = fc.constantFrom(
  `{"n":1.50,"big":12345678901234567890.123456789,"e":1E400}`,
  `{ "a" : [ 1 ,\n\t2 ] , "a" : "\\u00e9\\ud83d" }`,
  `{"data":{"obj":{"data":"}]\\""}}}`,
  `[]`,
  `"text"`,
  `null`,
);

const json = fc.oneof(oddJson, fc.json({ maxDepth: 3 }));

export const anyEvent: fc.Arbitrary<OutgoingEvent> = fc
  .record({
    id: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    recType: anyText,
    recordKey: anyText,
    body: json,
    time: fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 }), { nil: undefined }),
    late: fc.boolean(),
  })
  .map(({ id, recType, recordKey, body, time, late }) => {
    // A view into a larger buffer, as the pipeline's bodies are.
    const page = new TextEncoder().encode(`[${body}]`);
    return {
      eventId: id.toString(16).padStart(32, "0"),
      orderKey: recordKey,
      body: page.subarray(1, -1),
      contentType: "application/json",
      ...(time === undefined ? {} : { time }),
      properties: {
        route: "main@event-hub",
        feed: "main",
        recType,
        recordKey,
        version: "v1",
        source: "microshare",
        schemaVersion: 1,
        ...(late ? ({ late: true } as const) : {}),
      },
    };
  });
