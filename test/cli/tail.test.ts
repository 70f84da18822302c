import { EventHubConsumerClient } from "@azure/event-hubs";
import { beforeAll, describe, expect, it } from "vitest";
import { devicesIn } from "../../src/cli/tailed-event.ts";
import { sharedAzurite } from "../azurite.ts";
import { HUB, startBridge, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, DOORS, ROOMS } from "../integration/two-feeds.ts";
import { spawnBridge, type, type Ended } from "./terminal.ts";

beforeAll(sharedAzurite);

const both = { name: "both", key: "bm90IGEgc2VjcmV0IGJ1dCBhIGtleQ==", rights: ["Send", "Listen"] } as const;
const SINCE = ["--since", "2025-03-04T00:00:00Z"];

function startWithRights(): Promise<BridgeUnderTest> {
  return startBridge({
    feeds: () => [ROOMS, DOORS],
    hubs: { keys: [both], hubs: [{ name: HUB, partitionCount: 2 }] },
  });
}

async function tailed(bridge: BridgeUnderTest, ...more: readonly string[]): Promise<Ended> {
  const ended = await type(["tail", ...more], { environment: bridge.settings });
  bridge.recorder.heard("printed", "bridge tail", [ended.stdout, ended.stderr]);
  return ended;
}

function linesOf({ stdout }: Ended) {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("bridge tail", () => {
  it("shows what lies in the hub, by feed, type and device, with bodies cut", async () => {
    await using bridge = await startWithRights();
    const rooms = addRecords(bridge, ROOMS.recType, [50, 20]);
    const doors = addRecords(bridge, DOORS.recType, [40]);
    await bridge.run();

    const all = await tailed(bridge, "--json", "--count", "3", ...SINCE);
    expect(all.exitCode).toBe(0);
    expect(linesOf(all).map(({ properties }) => properties.recordKey)).toEqual(
      expect.arrayContaining([...rooms, ...doors]),
    );
    expect(linesOf(all)[0]).toMatchObject({
      eventId: expect.stringMatching(/^[0-9a-f]{32}$/),
      bodyTruncated: true,
      body: expect.stringMatching(/^.{200}$/),
    });

    const some = await tailed(bridge, "--json", "--feed", "rooms", "--count", "2", "--body", "100000", ...SINCE);
    expect(linesOf(some).map(({ properties }) => properties.recordKey)).toEqual(rooms);
    const [{ body }] = linesOf(some);
    expect(body).toMatchObject({ recType: ROOMS.recType });
    const [device = ""] = devicesIn(body);

    const byDevice = await tailed(bridge, "--device", device, "--type", DOORS.recType, "--count", "1", ...SINCE);
    expect(byDevice.stdout).toContain(`doors  ${DOORS.recType}  ${doors[0]}`);
    expect(byDevice.stdout).toContain("...");
  });

  it("follows from now on, beside another reader that loses nothing, and ends clean at Ctrl-C", async () => {
    await using bridge = await startWithRights();
    const [early = ""] = addRecords(bridge, ROOMS.recType, [50]);
    await bridge.run();
    const other = new EventHubConsumerClient("$Default", bridge.hubs.connectionString(HUB));
    const heard: string[] = [];
    const errors: unknown[] = [];
    other.subscribe(
      {
        processEvents: async (events) => void heard.push(...events.map(({ properties }) => properties?.["recordKey"])),
        processError: async (error) => void errors.push(error),
      },
      { startPosition: { offset: "-1" }, maxWaitTimeInSeconds: 1 },
    );
    bridge.nextHour();
    const [late = ""] = addRecords(bridge, ROOMS.recType, [20]);
    let running: Promise<unknown> = Promise.resolve();
    const ended = await spawnBridge(["tail", "--json"], {
      environment: bridge.settings,
      when: { stderr: "Following", act: () => void (running = bridge.run()) },
      interruptAt: { text: late, signal: "SIGINT" },
    });
    await running;
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toBe("Following. Ctrl-C ends it.\n");
    expect(linesOf(ended).map(({ properties }) => properties.recordKey)).toEqual([late]);
    await expect.poll(() => heard.toSorted()).toEqual([early, late].toSorted());
    expect(errors).toEqual([]);
    await other.close();
  });

  it("names the right that is missing, and what there is to name", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const denied = await tailed(bridge);
    expect(denied.exitCode).toBe(1);
    expect(denied.stderr).toContain("SINK_UNAUTHORIZED");
    expect(denied.stderr).toContain("the Listen right");
    const unknown = await tailed(bridge, "--sink", "archive");
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("Name one of these with --sink: event-hub.");
    const wrong = await tailed(bridge, "--since", "yesterday");
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("--since is neither");
  });
});
