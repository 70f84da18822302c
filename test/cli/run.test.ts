import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { startBridge } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { spawnBridge } from "./terminal.ts";

beforeAll(sharedAzurite);

describe("bridge run", () => {
  it("runs the whole app by its schedule, and ends in order when it is told to", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: { POLL_SCHEDULE: "* * * * * *" } });
    // The process has no clock but the real one.
    bridge.clock.now = Date.now();
    addRecords(bridge, ROOMS.recType, [100, 30]);
    const { exitCode, stdout, stderr } = await spawnBridge(["run", "--port", "0", "--json"], {
      environment: bridge.settings,
      interruptAt: { text: "caught-up", signal: "SIGTERM" },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const lines = stdout
      .trim()
      .split("\n")
      .map((line): { readonly line: string } => Object(JSON.parse(line)))
      .map(({ line }) => line);
    expect(lines[0]).toMatch(/^The app runs at http:\/\/127\.0\.0\.1:\d+ with forward, live$/);
    expect(lines.at(-1)).toBe("The app has ended");
    expect(bridge.events("rooms")).toHaveLength(2);
    bridge.recorder.heard("printed", "bridge run", [stdout]);
  });

  it("says what is wrong with the settings, and starts nothing", async () => {
    const { exitCode, stderr } = await spawnBridge(["run"], { environment: { POLL_SCHEDULE: "every hour" } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("POLL_SCHEDULE");
  });
});
