// Whole runs into a sink with a hub per record type: a crash repeats nothing, a failing type loses nothing.
import { afterEach, describe, expect, it } from "vitest";
import { MINUTE, routeUnderTest, START } from "../pipeline/route-under-test.ts";
import { perTypeWorld, type PerTypeOptions, type PerTypeWorld } from "./per-type-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

/** The process is gone: nothing it was about to do happens. */
class Killed extends Error {}

/** Thirty records of three types, and processes that forward them. */
async function start(options: Partial<PerTypeOptions> = {}, ...world: Parameters<typeof perTypeWorld>) {
  const made: PerTypeWorld = await perTypeWorld(...world);
  open.push(made);
  const { emulator, sink } = made;
  const stop = { dead: false, kill: (_save: string): boolean => false };
  const bridge = routeUnderTest({
    feed: {
      alter: (page) => ({
        ...page,
        records: page.records.map((record) => ({ ...record, recType: `io.${"abc"[Number(record.key.slice(1)) % 3]}` })),
      }),
    },
    store: {
      before: ({ name }) => {
        stop.dead ||= stop.kill(name);
        if (stop.dead && name !== "load" && name !== "look") throw new Killed();
      },
    },
  });
  for (let n = 0; n < 30; n += 1) bridge.feed.add({ key: `k${n}`, time: START + n * MINUTE, device: `d${n % 4}` });
  const stored = () =>
    emulator.hubs.flatMap((hub) => emulator.events(hub).map(({ properties }) => String(properties["recordKey"])));
  return {
    emulator,
    stop,
    stored,
    checkpoint: bridge.checkpoint,
    all: Array.from({ length: 30 }, (_, n) => `k${n}`),
    /** One process: its sink knows nothing of those before it. */
    async run(changes: Partial<PerTypeOptions> = {}) {
      const own = sink({ ...options, ...changes });
      try {
        return await bridge.run({ route: { sink: own } });
      } finally {
        await own.close();
      }
    },
  };
}

describe("runs into a hub per record type", () => {
  it("repeat nothing after a crash, in hubs that the dead process created as well", async () => {
    const { run, stop, stored, all, emulator, checkpoint } = await start();
    stop.kill = (call) => call === "save" && stored().length > 0;
    await expect(run()).rejects.toThrow(Killed);
    expect(stored().length).toBeGreaterThan(0);
    expect((await checkpoint())?.sending?.positions?.partitions).toEqual({});
    stop.kill = () => false;
    stop.dead = false;
    const outcome = await run();
    expect(outcome.kind).toBe("caught-up");
    expect(stored().toSorted()).toEqual(all.toSorted());
    expect(emulator.hubs.toSorted()).toEqual(["io.a", "io.b", "io.c"]);
  });

  it("find out what arrived behind a lost answer, and send the rest", async () => {
    const { run, stored, all, emulator } = await start({ sendTimeoutMs: 700 });
    emulator.faults.loseAcknowledgement({ hub: "io.b", times: 1 });
    const outcome = await run();
    expect(outcome.kind).toBe("caught-up");
    expect(stored().toSorted()).toEqual(all.toSorted());
  });

  it("lose nothing of a type that another one's hub is set for, once the settings tell them apart", async () => {
    const { run, stored, all } = await start();
    const blocked = await run({ hubNames: { "io.a": "io.b" } });
    expect(blocked).toMatchObject({ kind: "blocked", error: { code: "SINK_REFUSED" } });
    expect(stored()).toHaveLength(20);
    const outcome = await run({ hubNames: { "io.a": "io.b", "io.b": "io.beta" } });
    expect(outcome.kind).toBe("caught-up");
    expect(stored().toSorted()).toEqual(all.toSorted());
  });

  it("say in their summary that the namespace is full and records go to the shared hub", async () => {
    const hubs = ["rest", ...Array.from({ length: 9 }, (_, index) => `other-${index}`)].map((name) => ({ name }));
    const { run, stored, all } = await start({ sharedHub: "rest" }, { hubs });
    const outcome = await run();
    expect(outcome).toMatchObject({ kind: "caught-up" });
    expect(outcome.warnings.map(({ code }) => code)).toEqual(["HUB_LIMIT_REACHED"]);
    expect(stored().toSorted()).toEqual(all.toSorted());
  });

  it("are blocked by a full namespace without a shared hub, lose nothing, and go on when there is room", async () => {
    const hubs = Array.from({ length: 9 }, (_, index) => ({ name: `other-${index}` }));
    const { run, stored, all, emulator } = await start({}, { hubs });
    expect(await run()).toMatchObject({ kind: "blocked", error: { code: "HUB_LIMIT_REACHED" } });
    emulator.deleteHub("other-0");
    emulator.deleteHub("other-1");
    expect((await run()).kind).toBe("caught-up");
    expect(stored().toSorted()).toEqual(all.toSorted());
  });
});
