import { beforeAll, expect, it } from "vitest";
import { startServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import type { Check } from "../../src/operations/doctor/checklist.ts";
import { sharedAzurite } from "../azurite.ts";
import { startBridge } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { type } from "./terminal.ts";

beforeAll(sharedAzurite);

it("bridge doctor finds one sink of two wrong, and the other one right", async () => {
  await using bridge = await startBridge({ feeds: () => [{ ...ROOMS, sinks: ["event-hub", "queue"] }] });
  const bus = await startServiceBusEmulator({ queues: [{ name: "records" }] });
  bridge.closeWith({ close: () => void bus.close() });
  addRecords(bridge, ROOMS.recType, [50]);
  const sinkOf = (queue: string): Readonly<Record<string, string>> => ({
    SINKS: JSON.stringify([
      { name: "event-hub", kind: "event-hub", connectionStringSetting: "EVENT_HUB_CONNECTION_STRING" },
      { name: "queue", kind: "service-bus", connectionStringSetting: "QUEUE_CONNECTION", queue },
    ]),
    QUEUE_CONNECTION: bus.connectionString(),
  });
  const examine = async (queue: string): Promise<readonly Check[]> => {
    const environment = { ...bridge.settings, ...sinkOf(queue) };
    const { stdout } = await type(["doctor", "--json"], { environment, time: { now: () => bridge.clock.now } });
    const { checks }: { checks: readonly Check[] } = JSON.parse(stdout);
    return checks;
  };
  const outcomeOf = (checks: readonly Check[], id: string): Check | undefined =>
    checks.find((check) => check.id === id);

  const right = await examine("records");
  expect(right.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(outcomeOf(right, "send:queue")).toMatchObject({ outcome: "passed" });
  expect(outcomeOf(right, "listen:queue")?.detail).toContain("cannot be read back");
  expect(outcomeOf(right, "size:queue")?.detail).toBe("1 of 1 of the largest records seen fit");
  expect(bus.messages("records")).toEqual([]);

  const wrong = await examine("recrods");
  expect(outcomeOf(wrong, "send:queue")).toMatchObject({ outcome: "failed", code: "SINK_NOT_FOUND" });
  expect(outcomeOf(wrong, "size:queue")).toMatchObject({ outcome: "not-checked" });
  expect(outcomeOf(wrong, "send:event-hub")).toMatchObject({ outcome: "passed" });
});
