import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { OutgoingEvent } from "../../../src/pipeline/records.ts";
import { eventFormat, eventFormats } from "../../../src/sinks/formats/event-format.ts";
import { outgoingEvent } from "../../contracts/outgoing-events.ts";
import { fc } from "../../fast-check.ts";
import { anyEvent } from "./any-event.ts";
import { brokenRules } from "./cloud-events-rules.ts";

const transports = ["amqp", "kafka"] as const;
const time = Date.parse("2025-03-04T08:00:07.212Z");

describe("every format", () => {
  it.each(eventFormats)("%s keeps event id, order key, time and each property", (name) => {
    fc.assert(
      fc.property(anyEvent, fc.constantFrom(...transports), (event, transport) => {
        const before = structuredClone(event);
        const leaving = eventFormat(name, transport)(event);
        expect(leaving).toMatchObject({
          eventId: event.eventId,
          orderKey: event.orderKey,
          properties: event.properties,
        });
        expect(leaving.time).toBe(event.time);
        expect(event).toEqual(before);
      }),
    );
  });

  it.each(eventFormats)("%s carries the record's own bytes, as they are", (name) => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const leaving = Buffer.from(eventFormat(name, "amqp")(event).body);
        expect(leaving.includes(Buffer.from(event.body))).toBe(true);
        expect(() => JSON.parse(leaving.toString("utf8")) as unknown).not.toThrow();
      }),
    );
  });
});

describe("record", () => {
  it("is the event itself", () => {
    const event = outgoingEvent(1, "device-1");
    for (const transport of transports) expect(eventFormat("record", transport)(event)).toBe(event);
  });
});

describe("envelope", () => {
  const envelope = eventFormat("envelope", "amqp");

  it("has the members of the platform's own, with its order and its values", () => {
    const sample = sampleOf("streaming-envelope.json");
    const [polled] = sampleOf("share-page-details.json")["objs"] as readonly Record<string, unknown>[];
    const event = eventOf(polled, { recType: String(polled?.["recType"]), recordKey: String(polled?.["id"]) });
    const made = jsonOf(envelope(event));
    expect(Object.keys(made)).toEqual(Object.keys(sample));
    expect({ ...made, obj: undefined }).toEqual({ ...sample, obj: undefined });
    expect(made["obj"]).toEqual(polled);
    // What the platform's stream writes otherwise than its API is left as the API wrote it.
    const streamed = sample["obj"] as Record<string, unknown>;
    const differing = Object.keys({ ...streamed, ...polled }).filter(
      (member) => JSON.stringify(streamed[member]) !== JSON.stringify(polled?.[member]),
    );
    expect(differing.toSorted()).toEqual(["_id", "createDate", "owner", "updateDate"]);
  });

  it("names any record by its key and type, whatever they hold", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const leaving = envelope(event);
        const { recType, recordKey } = event.properties;
        expect(leaving.contentType).toBe("application/json");
        expect(jsonOf(leaving)).toEqual({
          event_type: "create",
          id: recordKey,
          obj: JSON.parse(Buffer.from(event.body).toString("utf8")),
          obj_type: "objs",
          recType,
          source: "ShareService",
        });
      }),
    );
  });
});

describe("cloudevents", () => {
  const structured = eventFormat("cloudevents", "amqp");

  it("is one JSON document with the record as its data", () => {
    const event = { ...outgoingEvent(1, "device-1"), time };
    const leaving = structured(event);
    expect(leaving.contentType).toBe("application/cloudevents+json; charset=utf-8");
    expect(jsonOf(leaving)).toEqual({
      specversion: "1.0",
      id: event.eventId,
      source: "/microshare",
      type: "io.microshare.lake.snapshot.hourly",
      subject: "key-1",
      time: "2025-03-04T08:00:07.212Z",
      datacontenttype: "application/json",
      data: JSON.parse(Buffer.from(event.body).toString("utf8")),
    });
  });

  it("keeps the rules of CloudEvents for any event", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { data, ...attributes } = jsonOf(structured(event));
        expect(data).toEqual(JSON.parse(Buffer.from(event.body).toString("utf8")));
        expect(brokenRules(attributes)).toEqual([]);
      }),
    );
  });

  it("leaves out a time that RFC 3339 cannot write", () => {
    const at = (instant: number) => jsonOf(structured({ ...outgoingEvent(1, "d"), time: instant }))["time"];
    expect(at(Date.parse("9999-12-31T23:59:59.999Z"))).toBe("9999-12-31T23:59:59.999Z");
    expect(at(Date.parse("9999-12-31T23:59:59.999Z") + 1)).toBeUndefined();
    expect(at(Date.parse("0000-01-01T00:00:00.000Z"))).toBe("0000-01-01T00:00:00.000Z");
    expect(at(Date.parse("0000-01-01T00:00:00.000Z") - 1)).toBeUndefined();
  });
});

describe("cloudevents-binary", () => {
  it.each([
    ["amqp", "cloudEvents_"],
    ["kafka", "ce_"],
  ] as const)("over %s has its attributes beside the untouched body, as %s...", (transport, prefix) => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const leaving = eventFormat("cloudevents-binary", transport)(event);
        expect(leaving.body).toBe(event.body);
        expect(leaving.contentType).toBe("application/json");
        const attributes = Object.fromEntries(
          Object.entries(leaving.properties).flatMap(([name, value]) =>
            name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
          ),
        );
        expect(brokenRules({ ...attributes, datacontenttype: leaving.contentType })).toEqual([]);
        const { data: _data, datacontenttype: _type, ...same } = jsonOf(eventFormat("cloudevents", transport)(event));
        expect(attributes).toEqual(same);
      }),
    );
  });
});

describe("the rules of CloudEvents, as the tests know them", () => {
  const right = { specversion: "1.0", id: "1", source: "/microshare", type: "t" };
  it.each([
    [{}, 0],
    [{ subject: "a b", time: "2025-03-04T08:00:07.212Z", datacontenttype: "application/json" }, 0],
    [{ specversion: "0.3" }, 1],
    [{ id: "" }, 1],
    [{ source: "not a reference" }, 1],
    [{ source: "" }, 1],
    [{ type: undefined }, 2],
    [{ subject: "" }, 1],
    [{ subject: "a\u0000b" }, 1],
    [{ subject: "a\ud800" }, 1],
    [{ subject: "\u{1fffe}" }, 1],
    [{ time: "+010000-01-01T00:00:00.000Z" }, 1],
    [{ time: "yesterday" }, 1],
    [{ record_key: "k" }, 1],
    [{ nested: {} }, 1],
  ])("%j breaks %i", (changes, count) => {
    expect(brokenRules({ ...right, ...changes })).toHaveLength(count);
  });
});

function jsonOf({ body }: OutgoingEvent): Record<string, unknown> {
  return JSON.parse(Buffer.from(body).toString("utf8"));
}

function sampleOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../samples/${name}`, import.meta.url), "utf8"));
}

function eventOf(record: unknown, identity: { readonly recType: string; readonly recordKey: string }): OutgoingEvent {
  const event = outgoingEvent(1, "device-1");
  const body = new TextEncoder().encode(JSON.stringify(record));
  return { ...event, body, properties: { ...event.properties, ...identity } };
}
