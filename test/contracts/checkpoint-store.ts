// What every checkpoint store promises. Each implementation runs this suite.
import { beforeAll, describe, expect, it } from "vitest";
import { fc } from "../fast-check.ts";
import type { CheckpointStore, LedgerSegment } from "../../src/pipeline/ports.ts";
import {
  hour,
  noon,
  someCheckpoint,
  eventIds,
  hex,
  ledgerIds,
  segmentChange,
  letter,
  anyCheckpoint,
  anyFilings,
  type CheckpointStoreUnderTest,
} from "./checkpoint-samples.ts";
import { describeRunHistory } from "./run-history.ts";

/** `open` gives an empty store; it keeps at most three runs, none older than a week. */
export function describeCheckpointStore(name: string, open: () => Promise<CheckpointStoreUnderTest>): void {
  describe(`${name} as a checkpoint store`, () => {
    let store: CheckpointStore;
    let deadLetterIds: CheckpointStoreUnderTest["deadLetterIds"];
    let routes = 0;
    const newRoute = () => `route ${(routes += 1)}@hub`;
    beforeAll(async () => {
      ({ store, deadLetterIds } = await open());
    });

    it("says that a route never saved is absent", async () => {
      expect(await store.load(newRoute())).toBeUndefined();
      expect(await ledgerIds(store, newRoute(), 0)).toEqual([]);
      expect(await store.listRuns(newRoute(), 10)).toEqual([]);
    });

    it("gives back what was saved, whatever the parts are called", async () => {
      const route = newRoute();
      const names = ["", "Gebäude 7/3. OG #1?", "a\u0000b", "🏢".repeat(40), "__proto__", "constructor", "'; %41"];
      const checkpoint = someCheckpoint({
        parts: Object.fromEntries(names.map((part, index) => [part, { doneTo: noon + index, hint: `page ${part}` }])),
        lookback: Object.fromEntries(names.map((part, index) => [part, { from: noon - index, to: noon }])),
      });
      const saved = await store.save(route, { checkpoint, deadLetters: [] }, undefined);
      expect(saved.checkpoint).toEqual(checkpoint);
      expect(await store.load(route)).toEqual(saved);
    });

    it("gives back any checkpoint", async () => {
      await fc.assert(
        fc.asyncProperty(anyCheckpoint, async (checkpoint) => {
          const route = newRoute();
          await store.save(route, { checkpoint, deadLetters: [] }, undefined);
          expect((await store.load(route))?.checkpoint).toEqual(checkpoint);
        }),
        { numRuns: 20 },
      );
    });

    it("keeps from where to read back until a save clears it", async () => {
      const route = newRoute();
      let revision: string | undefined;
      const partitions = Object.fromEntries(
        Array.from({ length: 2000 }, (_, index) => [String(index), 2 ** 50 + index]),
      );
      const all = { positions: { hub: "hub@2026-11-20T12:00:00.000Z", partitions } };
      for (const sending of [all, {}, { positions: { hub: "other", partitions: { "0": -1 } } }]) {
        const checkpoint = someCheckpoint({ sending });
        ({ revision } = await store.save(route, { checkpoint, deadLetters: [] }, revision));
        expect((await store.load(route))?.checkpoint).toStrictEqual(checkpoint);
      }
      await store.save(route, { checkpoint: someCheckpoint(), deadLetters: [] }, revision);
      expect((await store.load(route))?.checkpoint).toStrictEqual(someCheckpoint());
    });

    it("keeps how far it was read back for pushed events until a save clears it", async () => {
      const route = newRoute();
      let revision: string | undefined;
      const partitions = Object.fromEntries(
        Array.from({ length: 2000 }, (_, index) => [String(index), 2 ** 50 + index]),
      );
      const positions = { hub: "hub@2026-11-20T12:00:00.000Z", partitions };
      const reading = { upTo: positions, at: noon - 1 };
      const all = [
        { positions, from: noon },
        { positions, from: noon, reading },
        { positions, from: noon, offSince: noon + 1 },
      ];
      for (const pushed of all) {
        const checkpoint = someCheckpoint({ pushed });
        ({ revision } = await store.save(route, { checkpoint, deadLetters: [] }, revision));
        expect((await store.load(route))?.checkpoint).toStrictEqual(checkpoint);
      }
      await store.save(route, { checkpoint: someCheckpoint(), deadLetters: [] }, revision);
      expect((await store.load(route))?.checkpoint).toStrictEqual(someCheckpoint());
    });

    it("holds the progress of a thousand locations", async () => {
      const route = newRoute();
      const parts = Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [
          `Campus Süd, Gebäude ${index}`,
          { doneTo: noon + index, hint: "page 3" },
        ]),
      );
      const lookback = Object.fromEntries(Object.keys(parts).map((part) => [part, { from: noon - hour, to: noon }]));
      const checkpoint = someCheckpoint({ parts, lookback });
      await store.save(route, { checkpoint, deadLetters: [] }, undefined);
      expect((await store.load(route))?.checkpoint).toEqual(checkpoint);
    });

    it("keeps routes apart, also those whose names differ in odd characters only", async () => {
      const names = ["a/b", "a\\b", "a_2fb", "a#b", "a?b", "a%2fb", "A/B", ".", ".."].map((odd) => newRoute() + odd);
      for (const [index, route] of names.entries()) {
        await store.save(route, { checkpoint: someCheckpoint({ nextSegment: index }), deadLetters: [] }, undefined);
      }
      const loaded = await Promise.all(names.map(async (route) => (await store.load(route))?.checkpoint.nextSegment));
      expect(loaded).toEqual(names.map((_, index) => index));
    });

    it("does not change what was handed in or out", async () => {
      const route = newRoute();
      const ids = eventIds(1, 2);
      await store.save(
        route,
        { checkpoint: someCheckpoint(), segment: { filedTo: noon, ids }, deadLetters: [] },
        undefined,
      );
      ids.fill(0);
      expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 2)));
    });

    describe("revisions", () => {
      it("lets each save follow the one before", async () => {
        const route = newRoute();
        let revision: string | undefined;
        for (let nextSegment = 1; nextSegment <= 3; nextSegment += 1) {
          ({ revision } = await store.save(route, segmentChange(nextSegment), revision));
        }
        expect((await store.load(route))?.revision).toBe(revision);
        expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 3)));
      });

      it("refuses a save that follows an older revision, and changes nothing", async () => {
        const route = newRoute();
        const first = await store.save(route, segmentChange(1), undefined);
        const second = await store.save(route, segmentChange(2), first.revision);
        const late = { ...segmentChange(3), deadLetters: [letter(1)] };
        await expect(store.save(route, late, first.revision)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
        expect(await store.load(route)).toEqual(second);
        expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 2)));
        expect(await deadLetterIds(route)).toEqual([]);
      });

      it("refuses a first save when there is one already", async () => {
        const route = newRoute();
        const first = await store.save(route, segmentChange(1), undefined);
        await expect(store.save(route, segmentChange(2), undefined)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
        expect(await store.load(route)).toEqual(first);
      });

      it("refuses to follow a revision of a route that is gone", async () => {
        const { revision } = await store.save(newRoute(), segmentChange(1), undefined);
        const gone = newRoute();
        await expect(store.save(gone, segmentChange(2), revision)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
        expect(await store.load(gone)).toBeUndefined();
      });

      it("lets exactly one of two saves at the same moment win", async () => {
        const route = newRoute();
        const { revision } = await store.save(route, segmentChange(1), undefined);
        const both = await Promise.allSettled(
          [2, 3].map((number) => store.save(route, segmentChange(number), revision)),
        );
        expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      });
    });

    describe("ledger", () => {
      it("gives back every id filed at or after a time", async () => {
        const route = newRoute();
        let revision: string | undefined;
        for (const [index, filedTo] of [noon, noon + hour, noon - 5 * hour, noon].entries()) {
          const segment = { filedTo, ids: eventIds(index, 1) };
          const checkpoint = someCheckpoint({ nextSegment: index + 1 });
          ({ revision } = await store.save(route, { checkpoint, segment, deadLetters: [] }, revision));
        }
        expect(await ledgerIds(store, route, noon)).toEqual(hex(eventIds(0, 2), eventIds(3, 1)));
        expect(await ledgerIds(store, route, noon + 1)).toEqual(hex(eventIds(1, 1)));
        expect(await ledgerIds(store, route, noon + hour + 1)).toEqual([]);
        expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(0, 4)));
      });

      it("takes 100,000 ids in one save", async () => {
        const route = newRoute();
        const ids = eventIds(0, 100_000);
        await store.save(
          route,
          { checkpoint: someCheckpoint(), segment: { filedTo: noon, ids }, deadLetters: [] },
          undefined,
        );
        const read: Uint8Array[] = [];
        for await (const segment of store.readLedger(route, noon)) read.push(segment.ids);
        expect(Buffer.concat(read).equals(ids)).toBe(true);
      });

      it("keeps nothing for an empty segment", async () => {
        const route = newRoute();
        const segment = { filedTo: noon, ids: new Uint8Array() };
        await store.save(route, { checkpoint: someCheckpoint(), segment, deadLetters: [] }, undefined);
        const segments: LedgerSegment[] = [];
        for await (const one of store.readLedger(route, 0)) segments.push(one);
        expect(segments).toEqual([]);
      });

      it("loses no id by compaction, and lets go of what was filed before the limit", async () => {
        await fc.assert(
          fc.asyncProperty(anyFilings, fc.integer({ min: 0, max: 48 }), async (filings, limitHour) => {
            const route = newRoute();
            let revision: string | undefined;
            for (const [index, hours] of filings.entries()) {
              const segment = { filedTo: noon + hours * hour, ids: eventIds(index * 3, 1 + (index % 3)) };
              const checkpoint = someCheckpoint({ nextSegment: index + 1 });
              ({ revision } = await store.save(route, { checkpoint, segment, deadLetters: [] }, revision));
            }
            const before = noon + limitHour * hour;
            const needed = await ledgerIds(store, route, before);
            await store.compactLedger(route, before);
            await store.compactLedger(route, before);
            expect(await ledgerIds(store, route, before)).toEqual(needed);
            expect(await ledgerIds(store, route, 0)).toEqual(needed);
          }),
          { numRuns: 8 },
        );
      });

      it("keeps compaction away from the checkpoint", async () => {
        const route = newRoute();
        const saved = await store.save(route, segmentChange(1), undefined);
        await store.compactLedger(route, noon + hour);
        expect(await store.load(route)).toEqual(saved);
        await store.save(route, segmentChange(2), saved.revision);
      });
    });

    describe("dead letters", () => {
      it("keeps their rows with the save, each once", async () => {
        const route = newRoute();
        const first = await store.save(
          route,
          { checkpoint: someCheckpoint(), deadLetters: [letter(1), letter(2), letter(1)] },
          undefined,
        );
        // An unreadable record has neither type nor key.
        const { recType: _type, recordKey: _key, ...unreadable } = letter(3);
        await store.save(route, { checkpoint: someCheckpoint(), deadLetters: [letter(2), unreadable] }, first.revision);
        expect(await deadLetterIds(route)).toEqual([1, 2, 3].map((number) => letter(number).eventId));
      });

      it("takes reasons and keys of any length", async () => {
        const route = newRoute();
        const long = {
          ...letter(1),
          reason: "ü".repeat(100_000),
          recordKey: "🏢".repeat(50_000),
          recType: "x".repeat(70_000),
        };
        await store.save(route, { checkpoint: someCheckpoint(), deadLetters: [long] }, undefined);
        expect(await deadLetterIds(route)).toEqual([long.eventId]);
      });
    });

    describe("a save that is too large", () => {
      const tooMuch: [string, () => Parameters<CheckpointStore["save"]>[1]][] = [
        ["ids", () => ({ ...segmentChange(2), segment: { filedTo: noon, ids: eventIds(0, 300_000) } })],
        [
          "dead letters",
          () => ({ ...segmentChange(2), deadLetters: Array.from({ length: 100 }, (_, index) => letter(index)) }),
        ],
        [
          "parts",
          () => ({
            checkpoint: someCheckpoint({ parts: { ["x".repeat(600_000)]: { doneTo: noon } } }),
            deadLetters: [],
          }),
        ],
      ];
      it.each(tooMuch)("is refused and changes nothing: too many %s", async (_, change) => {
        const route = newRoute();
        const saved = await store.save(route, segmentChange(1), undefined);
        await expect(store.save(route, change(), saved.revision)).rejects.toMatchObject({ code: "STATE_TOO_LARGE" });
        expect(await store.load(route)).toEqual(saved);
        expect(await ledgerIds(store, route, 0)).toEqual(hex(eventIds(1, 1)));
        expect(await deadLetterIds(route)).toEqual([]);
      });
    });

    describeRunHistory(() => store, newRoute);
  });
}
