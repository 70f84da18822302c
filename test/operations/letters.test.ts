// Dropping dead letters: on record first, under the lease, and only those that were named.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { dropLetters, listLetters, showLetter, type LetterDeps } from "../../src/operations/by-hand/letters.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { createRunTime } from "../../src/run-time.ts";
import { HOUR, START } from "../pipeline/route-under-test.ts";
import { replayUnderTest, ROUTE } from "../pipeline/replay-under-test.ts";

const WHY = { reason: "a test device", by: "anna" };

async function underTest() {
  const bridge = replayUnderTest();
  bridge.feed.add({ key: "bad 1", time: START + HOUR }, { key: "bad 2", time: START + HOUR });
  await bridge.run();
  const deps: LetterDeps = {
    store: bridge.store,
    letters: bridge.letters,
    clock: bridge.time,
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: "an operator",
    time: createRunTime(HOUR),
    now: () => bridge.clock.now,
  };
  return { ...bridge, deps, list: () => listLetters([ROUTE], deps) };
}

describe("dead letters in an operator's hands", () => {
  it("are listed with all that their rows know, and shown with their body", async () => {
    const bridge = await underTest();
    const letters = await bridge.list();
    expect(
      letters.map(({ recordKey }) => String(recordKey)).toSorted((one, other) => one.localeCompare(other)),
    ).toEqual(["bad 1", "bad 2"]);
    const [first] = letters;
    if (first === undefined) throw new Error("there is none");
    expect(first).toMatchObject({ route: ROUTE, reason: "too large", time: "2025-03-04T01:00:00.000Z" });
    const shown = await showLetter(first.eventId, [ROUTE], bridge.deps);
    expect(Buffer.from(shown?.body ?? []).toString()).toContain(String(first.recordKey));
    expect(await showLetter("other", [ROUTE], bridge.deps)).toBeUndefined();
  });

  it("are dropped one by one, and the history says which, who and why", async () => {
    const bridge = await underTest();
    const [first, second] = await bridge.list();
    if (first === undefined || second === undefined) throw new Error("there are no two");
    const { eventId } = first;
    expect(await dropLetters([first], WHY, bridge.deps)).toEqual([{ kind: "dropped", eventId, route: ROUTE }]);
    expect(await bridge.list()).toEqual([second]);
    expect(await bridge.store.listRuns(ROUTE, 1)).toMatchObject([
      { runId: "an operator", summary: { operation: "drop-dead-letters", ...WHY, count: 1, eventIds: [eventId] } },
    ]);
    expect(await bridge.store.look(ROUTE)).toMatchObject({ free: true });
  });

  it("stay when it cannot be recorded who dropped them", async () => {
    const bridge = await underTest();
    const letters = await bridge.list();
    const recordRun = async (): Promise<void> => {
      throw new BridgeError("STATE_UNAVAILABLE", "down", { fix: "wait" });
    };
    const deps = { ...bridge.deps, store: { ...bridge.store, recordRun } };
    await expect(dropLetters(letters, WHY, deps)).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    expect(await bridge.list()).toEqual(letters);
  });

  it("stay while a replay has the route", async () => {
    const bridge = await underTest();
    const letters = await bridge.list();
    let held = await bridge.store.take(ROUTE, await bridge.store.look(ROUTE), "a replay");
    const look = async (route: string) => {
      if (held !== undefined) held = await bridge.store.renew(route, held);
      return bridge.store.look(route);
    };
    const deps = { ...bridge.deps, store: { ...bridge.store, look } };
    const dropped = await bridge.time.passUntil(dropLetters(letters, WHY, deps));
    expect(dropped.map(({ kind }) => kind)).toEqual(["elsewhere", "elsewhere"]);
    expect(await bridge.list()).toEqual(letters);
  });
});
