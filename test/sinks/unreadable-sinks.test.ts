// Whole runs into sinks that cannot be read back: what an operator and a consumer see when an answer was lost.
import { Agent } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { startIotHubSimulator } from "../../dev/iot-hub-simulator/index.ts";
import { startServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import { createIotHubSink } from "../../src/sinks/iot-hub.ts";
import { createServiceBusSink } from "../../src/sinks/service-bus.ts";
import { wait } from "../../src/wait.ts";
import { MINUTE, routeUnderTest, START } from "../pipeline/route-under-test.ts";
import { fakeClock } from "./hub-harness.ts";
import { fromRegistry } from "./iot-hub-harness.ts";
import { busConnection, queue } from "./service-bus-harness.ts";

/** Two runs of one route with 30 records; `between` them the sink gets well. */
async function twoRuns(sink: Sink, between: () => void = () => {}) {
  const bridge = routeUnderTest();
  for (let n = 0; n < 30; n += 1) bridge.feed.add({ key: `k${n}`, time: START + n * MINUTE });
  // Real sockets take real time.
  const changes = { route: { sink }, deps: { clock: { monotonicNow: () => performance.now(), wait } } };
  const first = await bridge.run(changes);
  between();
  return { first, second: await bridge.run(changes) };
}

const told = { code: "READ_BACK_IMPOSSIBLE", message: expect.stringMatching(/cannot be read back/u) };

async function queueWith(duplicateDetectionMs: number) {
  const queues = [{ name: queue, ...(duplicateDetectionMs > 0 && { duplicateDetectionMs }) }];
  const emulator = await startServiceBusEmulator({ queues });
  onTestFinished(() => emulator.close());
  const connection = busConnection(emulator);
  const sink = createServiceBusSink({ connection, duplicateDetectionMs, sendTimeoutMs: 700, ...fakeClock() });
  onTestFinished(() => sink.close());
  emulator.faults.neverAnswer({ stored: true, times: 1 });
  return { emulator, sink };
}

describe("a run after one whose answer was lost", () => {
  it("repeats nothing in a queue with duplicate detection, and says why", async () => {
    const { emulator, sink } = await queueWith(3_600_000);
    const { first, second } = await twoRuns(sink);
    expect(first).toMatchObject({ kind: "blocked", error: { code: "SINK_UNCERTAIN" } });
    expect(second).toMatchObject({
      kind: "caught-up",
      totals: { delivered: 30 },
      warnings: [{ ...told, fix: expect.stringMatching(/^Nothing, if the bridge ran again within that time/u) }],
    });
    expect(emulator.messages(queue)).toHaveLength(30);
    expect(emulator.stats(queue).duplicates).toBe(30);
  });

  it("repeats what had arrived in a queue without it, under the same message ids, and says so", async () => {
    const { emulator, sink } = await queueWith(0);
    const { second } = await twoRuns(sink);
    expect(second).toMatchObject({
      kind: "caught-up",
      warnings: [{ ...told, fix: expect.stringMatching(/^Let consumers drop repeats by message id/u) }],
    });
    expect(emulator.messages(queue)).toHaveLength(60);
    expect(new Set(emulator.messages(queue).map(({ messageId }) => messageId)).size).toBe(30);
  });

  it("repeats what had arrived in an IoT hub, under the same message ids, and says so", async () => {
    const simulator = await startIotHubSimulator({ now: () => 0 });
    onTestFinished(() => simulator.close());
    const dispatcher = new Agent({ connect: { ca: simulator.caCertPem } });
    onTestFinished(() => dispatcher.destroy());
    const sink = createIotHubSink({ devices: fromRegistry(simulator), dispatcher, ...fakeClock() });
    simulator.faults.loseAnswer({ stored: true, times: 1 });
    const { first, second } = await twoRuns(sink);
    expect(first).toMatchObject({ kind: "blocked", error: { code: "SINK_UNCERTAIN" } });
    expect(second).toMatchObject({ kind: "caught-up", totals: { delivered: 30 }, warnings: [told] });
    expect(simulator.messages).toHaveLength(60);
    expect(new Set(simulator.messages.map(({ messageId }) => messageId)).size).toBe(30);
  });

  it("keeps everything for the run after the one that met a full quota", async () => {
    const simulator = await startIotHubSimulator({ now: () => 0 });
    onTestFinished(() => simulator.close());
    const dispatcher = new Agent({ connect: { ca: simulator.caCertPem } });
    onTestFinished(() => dispatcher.destroy());
    const sink = createIotHubSink({ devices: fromRegistry(simulator), dispatcher, ...fakeClock() });
    simulator.faults.answer("send", "quotaExceeded");
    const { first, second } = await twoRuns(sink, () => simulator.faults.clear());
    expect(first).toMatchObject({ kind: "blocked", error: { code: "SINK_THROTTLED" }, totals: { deadLettered: 0 } });
    expect(second).toMatchObject({ kind: "caught-up", totals: { delivered: 30 }, warnings: [] });
    expect(simulator.messages).toHaveLength(30);
  });
});
