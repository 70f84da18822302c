import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { HOUR_MS, startBridge, START, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { type, type Typed } from "./terminal.ts";

beforeAll(sharedAzurite);

const ROUTE = "rooms@event-hub";

async function typeOn(bridge: BridgeUnderTest, args: readonly string[], typed: Typed = {}) {
  const environment = { ...bridge.settings, USER: "anna" };
  const ended = await type(args, { environment, time: { now: () => bridge.clock.now }, ...typed });
  bridge.recorder.heard("printed", `bridge ${args.join(" ")}`, [ended.stdout, ended.stderr]);
  return ended;
}

async function jsonOf(bridge: BridgeUnderTest, args: readonly string[], typed: Typed = {}) {
  const { exitCode, stdout, stderr } = await typeOn(bridge, [...args, "--json"], typed);
  const answer: unknown = JSON.parse(stdout);
  return { exitCode, answer, stderr };
}

const idsIn = (bridge: BridgeUnderTest) => bridge.events("rooms").map(({ messageId }) => String(messageId));
const time = (ms: number) => new Date(ms).toISOString();

describe("what an operator does by hand", () => {
  it("is refused with exit code 3 where nobody says yes, and changes nothing", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    await bridge.run();
    const before = await bridge.state.watermark("rooms");
    const commands = [
      ["pause", ROUTE, "--reason", "moved"],
      ["resume", ROUTE],
      ["rewind", ROUTE, "--to", time(START - HOUR_MS)],
      ["skip-window", ROUTE, "--from", time(START - HOUR_MS), "--to", time(START - 1000), "--reason", "full"],
      ["dead-letters", "replay", "--route", ROUTE],
      ["backfill", "--from", time(START - 9 * HOUR_MS), "--to", time(START)],
    ];
    for (const command of commands) {
      for (const typed of [{}, { says: "no" }]) {
        const { exitCode, stderr } = await typeOn(bridge, command, typed);
        expect({ command, exitCode }).toEqual({ command, exitCode: 3 });
        expect(stderr).toContain("Nothing was done");
      }
      expect((await jsonOf(bridge, command)).answer).toMatchObject({ outcome: "not-confirmed" });
    }
    expect(await bridge.state.watermark("rooms")).toBe(before);
    const { answer } = await jsonOf(bridge, ["status"]);
    expect(answer).toMatchObject({ routes: [{ verdict: { kind: "quiet" }, gaps: 0, lastDay: { runs: 1 } }] });
  });

  it("pauses a route, which status shows and runs say, and lets it go on where it stood", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    await bridge.run();
    const paused = await typeOn(bridge, ["pause", ROUTE, "--reason", "the hub is moved"], { says: "yes" });
    expect({ exitCode: paused.exitCode, asked: paused.asked }).toEqual({ exitCode: 0, asked: ["Pause it? [y/N] "] });
    bridge.nextHour();
    addRecords(bridge, ROOMS.recType, [30]);
    const run = await jsonOf(bridge, ["run-now"]);
    expect(run).toMatchObject({
      exitCode: 0,
      answer: { routes: [{ outcome: "paused", paused: { by: "anna", reason: "the hub is moved" }, read: 0 }] },
    });
    bridge.restart();
    await bridge.run();
    expect(idsIn(bridge)).toEqual([]);
    const status = await jsonOf(bridge, ["status"]);
    expect(status).toMatchObject({ exitCode: 0, answer: { routes: [{ verdict: { kind: "paused" } }] } });
    expect((await typeOn(bridge, ["resume", ROUTE, "--yes"])).exitCode).toBe(0);
    expect(await jsonOf(bridge, ["run-now", "--feed", "rooms"])).toMatchObject({
      exitCode: 0,
      answer: { routes: [{ outcome: "caught-up", delivered: 1 }] },
    });
  });

  it("backfills what lies before the live route once, beside its runs, and sets it back without a repeat", async () => {
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      hubs: { keys: [{ name: "bridge", key: "c2VuZCBrZXkgb2YgdGhl+IGh1/Yg==", rights: ["Send", "Listen"] }] },
    });
    // Before the beginning, and after it.
    addRecords(bridge, ROOMS.recType, [60 * 9, 60 * 7, 60 * 5, 60 * 3, 100, 30]);
    await bridge.run();
    expect(idsIn(bridge)).toHaveLength(2);
    const watermark = await bridge.state.watermark("rooms");
    const range = ["--from", time(START - 6 * HOUR_MS), "--to", time(START)];
    const first = await jsonOf(bridge, ["backfill", ...range, "--share", "100", "--yes"]);
    expect(first).toMatchObject({ exitCode: 0, answer: { routes: [{ outcome: "done", delivered: 2 }] } });
    expect(await bridge.state.watermark("rooms")).toBe(watermark);
    const wide = ["--from", time(START - 24 * HOUR_MS), "--to", time(START + HOUR_MS)];
    bridge.nextHour();
    addRecords(bridge, ROOMS.recType, [10]);
    const [second, live] = await Promise.all([
      jsonOf(bridge, ["backfill", ...wide, "--share", "100", "--yes"]),
      bridge.run(),
    ]);
    expect(live.error).toBeUndefined();
    expect(second).toMatchObject({ exitCode: 0, answer: { routes: [{ outcome: "done", delivered: 2 }] } });
    expect(await jsonOf(bridge, ["backfill", ...wide, "--yes"])).toMatchObject({
      exitCode: 0,
      answer: { outcome: "nothing-to-do" },
    });
    const to = time(START - 2 * HOUR_MS);
    const back = await jsonOf(bridge, ["rewind", ROUTE, "--to", to, "--yes"]);
    expect(back).toMatchObject({ exitCode: 0, answer: { outcome: "rewound", watermark: to } });
    expect(back.answer).not.toHaveProperty("repeated");
    await bridge.run();
    const ids = idsIn(bridge);
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
    expect(await jsonOf(bridge, ["state", "check"])).toMatchObject({ exitCode: 0, answer: { findings: [] } });
  });

  it("lists, shows and drops dead letters, and says who dropped them in the run history", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    bridge.microshare.add({
      recType: ROOMS.recType,
      time: START - HOUR_MS / 2,
      data: { blob: "x".repeat(2_000_000) },
    });
    await bridge.run();
    const listed = await jsonOf(bridge, ["dead-letters", "list"]);
    expect(listed).toMatchObject({ exitCode: 0, answer: { letters: [{ route: ROUTE, reason: expect.any(String) }] } });
    const [{ eventId }] = (listed.answer as { letters: readonly [{ eventId: string }] }).letters;
    const shown = await typeOn(bridge, ["dead-letters", "show", eventId]);
    expect(shown.stdout).toContain("more bytes: --raw shows all");
    expect(shown.stdout.length).toBeLessThan(8_000);
    expect((await typeOn(bridge, ["dead-letters", "show", eventId, "--raw"])).stdout.length).toBeGreaterThan(2_000_000);
    const nonsense = await jsonOf(bridge, ["dead-letters", "drop", "nonsense", "--reason", "x", "--yes"]);
    expect(nonsense).toMatchObject({ exitCode: 1, answer: { error: { code: "DEAD_LETTER_UNKNOWN" } } });
    expect((await typeOn(bridge, ["dead-letters", "drop", eventId, "--reason", "x"])).exitCode).toBe(3);
    const dropped = await jsonOf(bridge, ["dead-letters", "drop", eventId, "--reason", "a test", "--yes"]);
    expect(dropped).toMatchObject({ exitCode: 0, answer: { letters: [{ kind: "dropped", eventId }] } });
    expect((await jsonOf(bridge, ["dead-letters", "list"])).answer).toEqual({ letters: [] });
    const acts = (await bridge.state.history("rooms")).filter(({ operation }) => operation !== undefined);
    expect(acts).toMatchObject([
      {
        operation: "drop-dead-letters",
        by: "anna",
        reason: "a test",
        eventIds: [eventId],
      },
    ]);
  });
});
