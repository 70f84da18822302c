// What a check of the state finds, seeded one by one; and that it finds nothing where nothing is wrong.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { checkState, type CheckStateDeps } from "../../src/operations/by-hand/check-state.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import type { Checkpoint } from "../../src/pipeline/ports.ts";
import { memoryBackfills } from "../../src/state/memory-backfills.ts";
import { HOUR, START } from "../pipeline/route-under-test.ts";
import { replayUnderTest, ROUTE } from "../pipeline/replay-under-test.ts";

async function underTest() {
  const bridge = replayUnderTest();
  bridge.feed.add({ key: "good", time: START + HOUR }, { key: "bad", time: START + HOUR });
  await bridge.run();
  const book = memoryBackfills();
  const deps: CheckStateDeps = {
    sight: bridge.store,
    letters: bridge.letters,
    bodies: bridge.deadLetters,
    book,
    routeIndex: { list: async () => [ROUTE], add: async () => {} },
    leaseTerms: leaseTerms(90_000, 20_000),
    clock: bridge.time,
    now: () => bridge.clock.now,
  };
  const check = async (changes: Partial<CheckStateDeps> = {}) =>
    (await bridge.time.passUntil(checkState([bridge.route()], { ...deps, ...changes }))).findings;
  return {
    ...bridge,
    book,
    deps,
    check,
    /** The event id of the one dead letter. */
    list: async () => bridge.deadLetterRows()[0]?.eventId ?? "",
    async change(change: Partial<Checkpoint>) {
      const saved = await bridge.store.load(ROUTE);
      if (saved === undefined) throw new Error("nothing is saved");
      await bridge.store.save(
        ROUTE,
        { checkpoint: { ...saved.checkpoint, ...change }, deadLetters: [] },
        saved.revision,
      );
    },
  };
}

describe("a check of the state", () => {
  it("finds nothing wrong after a run, and counts what is there", async () => {
    const bridge = await underTest();
    const report = await checkState([bridge.route()], bridge.deps);
    expect(report.findings).toEqual([]);
    expect(report.routes).toMatchObject([{ route: ROUTE, ledgerIds: 2, deadLetters: 1, bodies: 1 }]);
  });

  it.each<[string, "bad" | "note", string, (bridge: Awaited<ReturnType<typeof underTest>>) => Promise<unknown>]>([
    [
      "a watermark ahead of the clock",
      "bad",
      "ahead of this machine's clock",
      async ({ clock }) => (clock.now -= 3 * HOUR),
    ],
    ["a pause", "note", "paused since", ({ change }) => change({ paused: { by: "anna", reason: "x", since: START } })],
    ["a mark of sending", "note", "was not confirmed", ({ change }) => change({ sending: {} })],
    [
      "a ledger shorter than the lookback",
      "note",
      "less than the lookback",
      ({ change }) => change({ coveredFrom: START + HOUR }),
    ],
    ["a ledger of an earlier life", "bad", "made anew", ({ change }) => change({ nextSegment: 0 })],
    [
      "a letter without a body",
      "bad",
      "no body any more",
      async ({ list, deadLetters }) => deadLetters.remove(ROUTE, await list()),
    ],
    [
      "a body without a row",
      "note",
      "have no row",
      async ({ list, store }) => store.removeDeadLetterRows(ROUTE, [await list()]),
    ],
    [
      "a dead run's lease",
      "note",
      "has not renewed it",
      async ({ store }) => store.take(ROUTE, await store.look(ROUTE), "dead"),
    ],
    [
      "an open backfill",
      "note",
      "--from 1970-01-01T00:00:00.000Z",
      async ({ book }) =>
        book.saveBook(
          ROUTE,
          { open: [{ from: 0, to: 1, again: false, by: "anna", since: 2 }], delivered: {} },
          await book.loadBook(ROUTE),
        ),
    ],
  ])("finds %s, with what to do", async (_, kind, text, seed) => {
    const bridge = await underTest();
    await seed(bridge);
    const findings = await bridge.check();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ route: ROUTE, kind, fix: expect.stringMatching(/./) });
    expect(`${findings[0]?.what} ${findings[0]?.fix}`).toContain(text);
  });

  it("finds rows that cannot be read, each by itself, and goes on", async () => {
    const bridge = await underTest();
    const broken = async (): Promise<never> => {
      throw new BridgeError("STATE_UNREADABLE", "a row is malformed", { fix: "correct it" });
    };
    const sight = { ...bridge.store, load: broken, listRuns: broken };
    const findings = await bridge.check({ sight });
    expect(findings.map(({ kind, fix }) => ({ kind, fix }))).toEqual([
      { kind: "bad", fix: "correct it" },
      { kind: "bad", fix: "correct it" },
    ]);
  });

  it("finds rows without a checkpoint, and routes that the settings name no more", async () => {
    const bridge = await underTest();
    const gone = await bridge.check({ sight: { ...bridge.store, load: async () => undefined } });
    expect(gone).toMatchObject([{ kind: "bad", what: expect.stringContaining("no checkpoint") }]);
    const routeIndex = { list: async () => [ROUTE, "old@memory"], add: async () => {} };
    expect(await bridge.check({ routeIndex })).toMatchObject([{ route: "old@memory", kind: "note" }]);
  });
});
