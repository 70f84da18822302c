import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { HOUR_MS, MINUTE_MS, startBridge, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { spawnBridge, type } from "./terminal.ts";

beforeAll(sharedAzurite);

interface Told {
  readonly exitCode: number | null;
  readonly report: unknown;
  readonly text: string;
}

async function statusOf(bridge: BridgeUnderTest): Promise<Told> {
  const typed = { environment: bridge.settings, time: { now: () => bridge.clock.now } };
  const { exitCode, stdout } = await type(["status", "--json"], typed);
  const report: unknown = JSON.parse(stdout);
  const { stdout: text } = await type(["status"], typed);
  bridge.recorder.heard("printed", "bridge status", [stdout, text]);
  return { exitCode, report, text };
}

describe("bridge status", () => {
  it("tells how a route is, from never run to a failure, and changes nothing", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const before = await statusOf(bridge);
    expect(before.exitCode).toBe(1);
    expect(before.report).toMatchObject({ routes: [{ route: "rooms@event-hub", verdict: { kind: "never-ran" } }] });
    expect(await bridge.state.tableExists()).toBe(false);

    addRecords(bridge, ROOMS.recType, [100, 30]);
    await bridge.run();
    const healthy = await statusOf(bridge);
    expect(healthy.exitCode).toBe(0);
    expect(healthy.report).toMatchObject({
      nextRun: "2025-03-04T09:00:00.000Z",
      routes: [
        {
          verdict: { kind: "healthy" },
          watermark: await bridge.state.watermark("rooms"),
          lastRun: { outcome: "caught-up" },
          lastDay: { runs: 1, delivered: 2 },
          deadLetters: 0,
        },
      ],
    });
    expect(healthy.text).toMatch(/rooms@event-hub +healthy .*·{23}█ +2 /);

    bridge.nextHour();
    const rule = bridge.microshare.faults.fail({ status: 403 }, { path: ROOMS.recType });
    await bridge.run();
    rule.clear();
    const failing = await statusOf(bridge);
    expect(failing.exitCode).toBe(1);
    expect(failing.report).toMatchObject({
      routes: [{ verdict: { kind: "failing" }, lastError: { code: "ACCESS_DENIED", fix: expect.any(String) } }],
    });
    expect(failing.text).toContain("last error 2025-03-04 09:00:00Z: ACCESS_DENIED");

    bridge.clock.now += 2 * HOUR_MS + 11 * MINUTE_MS;
    expect((await statusOf(bridge)).report).toMatchObject({ routes: [{ verdict: { kind: "not-running" } }] });

    bridge.set({ FEEDS: JSON.stringify([{ ...ROOMS, name: "chambers" }]) });
    expect((await statusOf(bridge)).report).toMatchObject({
      routes: [{ route: "chambers@event-hub" }, { route: "rooms@event-hub", verdict: { kind: "left" } }],
    });
  });

  it("shows it again and again with --watch, and ends clean at Ctrl-C", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const { exitCode, stdout, stderr } = await spawnBridge(["status", "--watch", "--every", "1", "--json"], {
      environment: bridge.settings,
      interruptAt: { text: "}\n{", signal: "SIGINT" },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ routes: [{ verdict: { kind: "never-ran" } }] });
  });
});
