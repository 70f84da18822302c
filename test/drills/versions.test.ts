// Upgrade and rollback with live state: the built packages in processes of their own, on Azurite, simulator and emulator.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startApp, type RunEnd } from "../../dev/chaos/app-process.ts";
import { wait } from "../../src/wait.ts";
import { sharedAzurite } from "../azurite.ts";
import { startBridge, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, keysOf, ROOMS } from "../integration/two-feeds.ts";
import { buildPackages, historyIsHere, type Packages } from "./packages.ts";

const SHALLOW = "the history of this clone does not go back to the former version: git fetch --unshallow";
/** The processes have no clock but the real one, which that of the platform follows with every step of a test. */
const KEY = { name: "bridge", key: "c2VuZCBhbmQgbGlzdGVu+IGh1/Yg==", rights: ["Send", "Listen"] } as const;
const SETTINGS = { START_FROM: "PT3H" };

function environmentOf({ settings }: BridgeUnderTest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

describe("another version on the same state", { timeout: 60_000 }, async () => {
  const possible = await historyIsHere();
  let packages: Packages;

  beforeAll(async () => {
    await sharedAzurite();
    if (possible) packages = await buildPackages();
  }, 120_000);

  afterAll(async () => {
    if (possible) await packages[Symbol.asyncDispose]();
  });

  beforeEach((context) => {
    if (possible) return;
    context.task.meta.notPromised = SHALLOW;
    context.skip();
  });

  async function world(): Promise<BridgeUnderTest> {
    const bridge = await startBridge({ feeds: () => [ROOMS], settings: SETTINGS, hubs: { keys: [KEY] } });
    bridge.clock.now = Date.now();
    return bridge;
  }

  async function runOn(folder: string, bridge: BridgeUnderTest): Promise<RunEnd | undefined> {
    const app = await startApp(folder, environmentOf(bridge));
    const end = await app.fire(false);
    await app.kill();
    return end;
  }

  it.each([
    ["an upgrade", "former", "present"],
    ["a rollback", "present", "former"],
  ] as const)("%s loses and repeats nothing", async (_what, first, second) => {
    await using bridge = await world();
    const keys = addRecords(bridge, ROOMS.recType, [150, 100, 40]);
    expect((await runOn(packages[first], bridge))?.error).toBeUndefined();
    expect(keysOf(bridge, "rooms")).toEqual(keys.toSorted());
    bridge.clock.now = Date.now();
    // One of them late: behind the watermark, within the lookback.
    keys.push(...addRecords(bridge, ROOMS.recType, [90, 10]));
    const end = await runOn(packages[second], bridge);
    expect(end?.error).toBeUndefined();
    expect(end?.lines.join("\n")).not.toContain("first run");
    expect(keysOf(bridge, "rooms")).toEqual(keys.toSorted());
    // And back again.
    expect((await runOn(packages[first], bridge))?.error).toBeUndefined();
    expect(keysOf(bridge, "rooms")).toEqual(keys.toSorted());
  });

  it("an upgrade in the middle of a run that was killed reads back what had arrived", async () => {
    await using bridge = await world();
    const keys = addRecords(bridge, ROOMS.recType, [150, 100, 40]);
    const app = await startApp(packages.former, environmentOf(bridge));
    const ended = app.fire(false);
    while (keysOf(bridge, "rooms").length === 0) await wait(5, new AbortController().signal);
    await app.kill();
    await ended;
    // As if its term were over: nobody waits for it here.
    await bridge.state.table.deleteEntity("rooms@event-hub", "lease");
    const end = await runOn(packages.present, bridge);
    expect(end?.error).toBeUndefined();
    expect(keysOf(bridge, "rooms")).toEqual(keys.toSorted());
  });
});
