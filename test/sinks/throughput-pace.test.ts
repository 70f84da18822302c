import { afterEach, describe, expect, it } from "vitest";
import { startEventHubsEmulator, type EventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import { createEventHubsSink } from "../../src/sinks/event-hubs.ts";
import { throughputPace } from "../../src/sinks/throughput-pace.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { never } from "../contracts/sink.ts";
import { connectionStringOf, fakeClock, hub } from "./hub-harness.ts";
import { eventsOf, perTypeWorld } from "./per-type-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function startHub(): Promise<EventHubsEmulator> {
  const emulator = await startEventHubsEmulator({ hubs: [{ name: hub }], maxMessageBytes: 100_000 });
  open.push(emulator);
  return emulator;
}

/** What the sink waited for while it sent a thousand events of a kilobyte and more, in milliseconds. */
async function waitedFor(throughputUnits?: number): Promise<number> {
  const emulator = await startHub();
  const clock = fakeClock();
  const connection = { connectionString: connectionStringOf(emulator) };
  const units = throughputUnits === undefined ? {} : { throughputUnits };
  const sink = createEventHubsSink({ connection, closeTimeoutMs: 1_000, ...units, ...clock });
  open.push(sink);
  const report = await sink.send(outgoingEvents({ count: 1000, devices: 100, bytes: 1_240 }), never());
  expect(report.confirmed).toHaveLength(1000);
  return clock.waits.reduce((sum, ms) => sum + ms, 0);
}

describe("the pace of a sink", () => {
  it("is that of the throughput units it was told, over all partitions together", async () => {
    // 1.5 MB and more in all, of which the last batch need not be waited for.
    const one = await waitedFor(1);
    expect(one).toBeGreaterThan(1_200);
    const four = await waitedFor(4);
    expect(four).toBeGreaterThan(one / 5);
    expect(four).toBeLessThan(one / 3);
  });

  it("is that of the namespace over all hubs of a sink with a hub for each record type", async () => {
    const waits = async (throughputUnits?: number): Promise<number> => {
      const hubs = [{ name: "io.a" }, { name: "io.b" }];
      const world = await perTypeWorld({ hubs, maxMessageBytes: 100_000 });
      open.push(world);
      const sink = world.sink(throughputUnits === undefined ? {} : { throughputUnits });
      const more = { devices: 100, bytes: 1_240, count: 500 };
      const events = [...eventsOf("io.a", more), ...eventsOf("io.b", { ...more, from: 1_000 })];
      expect((await sink.send(events, never())).confirmed).toHaveLength(1000);
      return world.clock.waits.reduce((sum, ms) => sum + ms, 0);
    };
    // 1.5 MB in all. With a pace for each hub it would take half the time.
    expect(await waits(1)).toBeGreaterThan(1_200);
    expect(await waits()).toBe(0);
  });

  it("is as fast as the hub takes it when nothing was told", async () => {
    expect(await waitedFor()).toBe(0);
  });

  it("counts events as well as bytes, and saves nothing up in a pause", async () => {
    const clock = fakeClock();
    const pace = throughputPace(1, clock);
    const batch = { bytes: 100, events: 500 };
    await pace(batch, never());
    expect(clock.waits).toEqual([]);
    await pace(batch, never());
    expect(clock.waits).toEqual([500]);
    await clock.wait(60_000, never());
    await pace(batch, never());
    await pace(batch, never());
    expect(clock.waits).toEqual([500, 60_000, 500]);
  });

  it("ends a wait when it is told to stop, without complaint", async () => {
    const clock = fakeClock();
    const pace = throughputPace(1, clock);
    await pace({ bytes: 5_000_000, events: 1 }, never());
    await expect(pace({ bytes: 1, events: 1 }, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it("passes on what its clock throws for any other reason", async () => {
    const bug = new Error("no clock");
    const pace = throughputPace(1, { now: () => 0, wait: () => Promise.reject(bug) });
    await pace({ bytes: 1_000_000, events: 1 }, never());
    await expect(pace({ bytes: 1, events: 1 }, never())).rejects.toBe(bug);
  });
});
