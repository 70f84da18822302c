import { beforeAll, describe, expect, it } from "vitest";
import { openTable } from "../../src/state/storage-clients.ts";
import { tableTimers } from "../../src/state/table-timers.ts";
import type { TimerMemory } from "../../src/host/timer-memory.ts";
import { wait } from "../../src/wait.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";

const DUE = Date.UTC(2025, 2, 4, 9);
const LATER = Date.UTC(2025, 2, 4, 10);
const terms = { termMs: 600, renewEveryMs: 100, lookEveryMs: 50, sendMs: 100 };

describe("what hosts share of their timers in a table", () => {
  let table = "";
  let connection = "";

  beforeAll(async () => {
    connection = (await sharedAzurite()).connectionString;
    table = uniqueName("timers");
  });

  function hostNamed(owner: string): TimerMemory {
    return tableTimers(openTable({ kind: "connection-string", connectionString: connection }, table), {
      owner,
      clock: { monotonicNow: () => performance.now(), wait },
      terms,
      signal: new AbortController().signal,
    });
  }

  it("is empty at first, and outlives the process", async () => {
    expect(await hostNamed("one").next("first")).toBeUndefined();
    await hostNamed("one").keep("first", DUE);
    expect(await hostNamed("two").next("first")).toBe(DUE);
  });

  it("lets one work at a time, and the other only when its time has not come already", async () => {
    const [one, two] = [hostNamed("one"), hostNamed("two")];
    let running = 0;
    let most = 0;
    const work = async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await wait(400, new AbortController().signal);
      running -= 1;
      return LATER;
    };
    const ended = await Promise.all([one.alone("second", DUE, work), two.alone("second", DUE, work)]);
    expect({ most, ended: ended.toSorted() }).toEqual({ most: 1, ended: ["done", "elsewhere"] });
    expect(await one.next("second")).toBe(LATER);
    // Late, and for a time that the other has served.
    expect(await two.alone("second", DUE, work)).toBe("elsewhere");
    expect(await two.alone("second", LATER, async () => undefined)).toBe("done");
  });

  it("lets another one in after a process that died, and keeps its time as it was", async () => {
    const dead = hostNamed("dead");
    await dead.keep("third", DUE);
    const died = Promise.withResolvers<void>();
    const never = tableTimers(openTable({ kind: "connection-string", connectionString: connection }, table), {
      owner: "dead",
      // Its clock stands still: it renews nothing any more.
      clock: { monotonicNow: () => 0, wait: () => new Promise(() => {}) },
      terms,
      signal: new AbortController().signal,
    });
    void never.alone("third", DUE, async () => {
      died.resolve();
      return new Promise(() => {});
    });
    await died.promise;
    let ran = 0;
    const done = await hostNamed("alive").alone("third", DUE, async () => {
      ran += 1;
      return LATER;
    });
    expect({ done, ran }).toEqual({ done: "done", ran: 1 });
    expect(await dead.next("third")).toBe(LATER);
  });
});
