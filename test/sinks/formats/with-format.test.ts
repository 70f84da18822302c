import { afterEach, describe, expect, it } from "vitest";
import { startEventHubsEmulator, type EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import type { Sink } from "../../../src/pipeline/ports.ts";
import { createEventHubsSink } from "../../../src/sinks/event-hubs.ts";
import { eventFormat, eventFormats } from "../../../src/sinks/formats/event-format.ts";
import { withFormat } from "../../../src/sinks/formats/with-format.ts";
import { createMemorySink } from "../../../src/sinks/memory-sink.ts";
import { outgoingEvent, outgoingEvents } from "../../contracts/outgoing-events.ts";
import { expectOrderPerKey, idsOf, never } from "../../contracts/sink.ts";
import { fakeClock, hub } from "../hub-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function hubWith(format: (typeof eventFormats)[number]): Promise<{ emulator: EventHubsEmulator; sink: Sink }> {
  const emulator = await startEventHubsEmulator({ hubs: [{ name: hub }], maxMessageBytes: 20_000 });
  open.push(emulator);
  const connection = { connectionString: emulator.connectionString(hub) };
  const sink = withFormat(createEventHubsSink({ connection, ...fakeClock() }), eventFormat(format, "amqp"));
  open.push(sink);
  return { emulator, sink };
}

describe("events in another format", () => {
  it.each(eventFormats)("%s are recognised when the hub is read back, by route and message id", async (format) => {
    const { emulator, sink } = await hubWith(format);
    const events = outgoingEvents({ count: 80, devices: 7 });
    const after = await sink.readBack?.positions(never());
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    const upTo = await sink.readBack?.positions(never());
    if (after === undefined || upTo === undefined) throw new Error("The sink can be read back.");
    const read = await sink.readBack?.read({ route: "main", after, upTo, maxBytes: 1e6, signal: never() });
    expect(read?.found.toSorted()).toEqual(idsOf(events).toSorted());
    expect(read?.unknown).toEqual([]);
    const other = await sink.readBack?.read({ route: "other", after, upTo, maxBytes: 1e6, signal: never() });
    expect(other?.found).toEqual([]);
    expectOrderPerKey(
      emulator.events(hub).map(({ messageId }) => ({ eventId: messageId ?? "" })),
      events,
    );
  });

  it("cloudevents-binary arrive with their attributes as application properties", async () => {
    const { emulator, sink } = await hubWith("cloudevents-binary");
    const event = { ...outgoingEvent(1, "device-1"), time: 0 };
    await sink.send([event], never());
    const [arrived] = emulator.events(hub);
    expect(arrived?.contentType).toBe("application/json");
    expect(arrived?.body).toEqual(Buffer.from(event.body));
    expect(arrived?.properties).toEqual({
      ...event.properties,
      cloudEvents_specversion: "1.0",
      cloudEvents_id: event.eventId,
      cloudEvents_source: "/microshare",
      cloudEvents_type: event.properties.recType,
      cloudEvents_subject: "key-1",
      cloudEvents_time: "1970-01-01T00:00:00.000Z",
    });
  });

  it("cloudevents arrive with their own content type", async () => {
    const { emulator, sink } = await hubWith("cloudevents");
    await sink.send([outgoingEvent(1, "device-1")], never());
    expect(emulator.events(hub)[0]?.contentType).toBe("application/cloudevents+json; charset=utf-8");
  });
});

describe("a sink with a format", () => {
  const envelope = eventFormat("envelope", "amqp");

  it("reports the events it was given, confirmed and refused, so that a dead letter keeps the record's bytes", async () => {
    const inner = createMemorySink({ maxBodyBytes: 1_000 });
    const sink = withFormat(inner, envelope);
    const events = [outgoingEvent(1, "a"), outgoingEvent(2, "a", 990), outgoingEvent(3, "a")];
    const report = await sink.send(events, never());
    expect(report.confirmed).toEqual([events[0], events[2]]);
    expect(report.confirmed[0]).toBe(events[0]);
    expect(report.refused.map(({ event }) => event)).toEqual([events[1]]);
    expect(report.refused[0]?.event).toBe(events[1]);
    expect(report.refused[0]?.reason).toMatch(/1000 bytes at most/u);
    expect(Buffer.from(inner.received[0]?.body ?? []).toString()).toMatch(/^\{"event_type":"create",/u);
  });

  it("gives back what the sink holds back", async () => {
    const events = [outgoingEvent(1, "a"), outgoingEvent(2, "a")];
    const inner: Sink = {
      ...createMemorySink(),
      send: async (given) => ({
        confirmed: given.slice(0, 1),
        refused: [],
        heldBack: given.slice(1),
        batches: 1,
        bytes: 1,
      }),
    };
    const report = await withFormat(inner, envelope).send(events, never(), () => true, true);
    expect(report.heldBack).toHaveLength(1);
    expect(report.heldBack?.[0]).toBe(events[1]);
    expect(await withFormat(createMemorySink(), envelope).send(events, never())).not.toHaveProperty("heldBack");
  });

  it("tells two copies of one event apart", async () => {
    const sink = withFormat(createMemorySink(), eventFormat("record", "amqp"));
    const event = outgoingEvent(1, "a");
    expect((await sink.send([event, event], never())).confirmed).toEqual([event, event]);
  });

  it("passes on name, limits, reading back and everything else", async () => {
    const inner = createMemorySink({ name: "inner", settleMs: 7 });
    const sink = withFormat(inner, envelope);
    expect(sink).toMatchObject({ name: "inner", settleMs: 7 });
    expect(sink.readBack).toBe(inner.readBack);
    await expect(sink.check(never())).resolves.toBeUndefined();
    const stopped = await sink.send([outgoingEvent(1, "a")], never(), () => false);
    expect(stopped.failure).toMatchObject({ code: "OUT_OF_TIME" });
    expect(inner.received).toEqual([]);
    await sink.close();
  });

  it("never hides a sink that reports what it was not given", async () => {
    const stranger = outgoingEvent(9, "z");
    const inner: Sink = {
      ...createMemorySink({ name: "odd" }),
      send: async () => ({ confirmed: [stranger], refused: [], batches: 1, bytes: 1 }),
    };
    await expect(withFormat(inner, envelope).send([outgoingEvent(1, "a")], never())).rejects.toThrow(/Sink "odd"/u);
  });
});
