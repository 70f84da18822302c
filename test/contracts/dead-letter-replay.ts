// What replay and retention of dead letters promise. Each pair of stores for rows and bodies runs this suite.
import { beforeAll, describe, expect, it } from "vitest";
import type { DeadLetterReplayStore, DeadLetterSight } from "../../src/pipeline/dead-letter-ports.ts";
import type { CheckpointStore, DeadLetterEntry, DeadLetterStore } from "../../src/pipeline/ports.ts";
import { hour, letter, noon, someCheckpoint } from "./checkpoint-samples.ts";

export interface DeadLetterReplayUnderTest {
  /** Removes at most three letters in one call to expire them. */
  readonly replay: DeadLetterReplayStore;
  /** Writes the rows. */
  readonly checkpoints: CheckpointStore;
  /** Writes the bodies. */
  readonly bodies: DeadLetterStore;
}

/** `open` gives empty stores, which tell the age of a body by the machine's clock. */
export function describeDeadLetterReplay(name: string, open: () => Promise<DeadLetterReplayUnderTest>): void {
  describe(`${name} as a store to replay dead letters from`, () => {
    let subject: DeadLetterReplayUnderTest;
    let replay: DeadLetterReplayStore;
    let routes = 0;
    const newRoute = () => `letters ${(routes += 1)}@hub`;
    beforeAll(async () => {
      subject = await open();
      ({ replay } = subject);
    });

    async function note(route: string, letters: readonly DeadLetterEntry[], revision?: string): Promise<string> {
      for (const { eventId, reason } of letters) {
        await subject.bodies.put(route, { eventId, reason, body: Buffer.from(`body of ${eventId}`) });
      }
      const change = { checkpoint: someCheckpoint(), deadLetters: letters };
      return (await subject.checkpoints.save(route, change, revision)).revision;
    }

    async function list(route: string): Promise<DeadLetterSight[]> {
      const letters: DeadLetterSight[] = [];
      for await (const one of replay.listDeadLetters(route)) letters.push(one);
      return letters;
    }

    const idsIn = async (route: string) => (await list(route)).map(({ entry }) => entry.eventId);

    async function only(route: string): Promise<DeadLetterSight> {
      const [sight, ...others] = await list(route);
      if (sight === undefined || others.length > 0) throw new Error(`${route} has not exactly one dead letter.`);
      return sight;
    }

    describe("listing", () => {
      it("gives back what was noted, in the order of event ids", async () => {
        const route = newRoute();
        const { recType: _type, recordKey: _key, identity: _identity, ...unreadable } = letter(2);
        await note(route, [letter(3), unreadable, letter(1)]);
        expect((await list(route)).map(({ entry }) => entry)).toStrictEqual([letter(1), unreadable, letter(3)]);
        expect((await list(route)).every((sight) => sight.claimedBy === undefined)).toBe(true);
      });

      it("is empty for a route without letters", async () => {
        expect(await list(newRoute())).toEqual([]);
      });

      it("keeps routes apart", async () => {
        const [one, other] = [newRoute(), newRoute()];
        await note(one, [letter(1)]);
        await note(other, [letter(2)]);
        expect(await idsIn(one)).toEqual([letter(1).eventId]);
      });
    });

    describe("claiming", () => {
      it("goes to exactly one of several replays that saw the same letter", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        const seen = await only(route);
        const claimants = ["a", "b", "c", "d"];
        const claims = await Promise.all(claimants.map((claimant) => replay.claimDeadLetter(route, seen, claimant)));
        const [claim, ...others] = claims.filter((one) => one !== undefined);
        expect(others).toEqual([]);
        expect(claim?.entry).toEqual(letter(1));
        expect(claimants).toContain(claim?.claimedBy);
        expect(await only(route)).toEqual(claim);
      });

      it("shows a claim that was left behind, and lets another replay take it over", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        const left = await replay.claimDeadLetter(route, await only(route), "dead");
        const seen = await only(route);
        expect(seen.claimedBy).toBe("dead");
        const claim = await replay.claimDeadLetter(route, seen, "next");
        expect(claim).toMatchObject({ claimedBy: "next", entry: letter(1) });
        expect(left && (await replay.claimDeadLetter(route, left, "dead"))).toBeUndefined();
      });

      it("keeps a claim when a run notes the same letter again", async () => {
        const route = newRoute();
        const revision = await note(route, [letter(1)]);
        const seen = await only(route);
        await replay.claimDeadLetter(route, seen, "a");
        await note(route, [{ ...letter(1), at: noon + hour }], revision);
        expect(await only(route)).toMatchObject({ claimedBy: "a", entry: { at: noon + hour } });
        expect(await replay.claimDeadLetter(route, seen, "b")).toBeUndefined();
      });

      it("finds nothing to claim once the letter is removed, and does not bring it back", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        const seen = await only(route);
        await replay.removeDeadLetter(route, letter(1).eventId);
        expect(await replay.claimDeadLetter(route, seen, "late")).toBeUndefined();
        expect(await list(route)).toEqual([]);
      });

      it("keeps long reasons and keys as they were listed", async () => {
        const route = newRoute();
        await note(route, [{ ...letter(1), reason: "🏢ü".repeat(3000), recordKey: "x".repeat(5000) }]);
        const seen = await only(route);
        const claim = await replay.claimDeadLetter(route, seen, "a");
        expect((await only(route)).entry).toEqual(seen.entry);
        expect(claim?.entry).toEqual(seen.entry);
      });

      it("keeps where the hub ended, also of many partitions, until somebody else claims the letter", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        const ends = Array.from({ length: 2000 }, (_, index) => [String(index), 2 ** 50 + index] as const);
        const positions = { hub: "hub@2026", partitions: Object.fromEntries(ends) };
        const upTo = { hub: "hub@2026", partitions: { "0": 7 } };
        const claim = await replay.claimDeadLetter(route, await only(route), "a", { positions });
        expect(claim?.positions).toEqual(positions);
        expect(await only(route)).toEqual(claim);
        const again = await replay.claimDeadLetter(route, await only(route), "a", { positions, upTo });
        expect(again).toMatchObject({ positions, upTo });
        expect(await only(route)).toEqual(again);
        await replay.claimDeadLetter(route, await only(route), "b");
        expect(await only(route)).toEqual({ entry: letter(1), claimedBy: "b", mark: expect.any(String) });
      });
    });

    describe("giving a claim back", () => {
      it("leaves the letter free, with the reason noted or a new one", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        const positions = { hub: "hub", partitions: { "0": -1 } };
        const claim = await replay.claimDeadLetter(route, await only(route), "a", { positions, upTo: positions });
        const released = claim && (await replay.releaseDeadLetter(route, claim));
        expect(released).toEqual({ entry: letter(1), mark: expect.any(String) });
        expect(await only(route)).toEqual(released);
        const again = await replay.claimDeadLetter(route, await only(route), "b");
        if (again) await replay.releaseDeadLetter(route, again, "still too large");
        expect(await only(route)).toMatchObject({ entry: { ...letter(1), reason: "still too large" } });
        expect((await only(route)).claimedBy).toBeUndefined();
      });

      it("does nothing to a letter that somebody else claimed or removed since", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        const lost = await replay.claimDeadLetter(route, await only(route), "a");
        await replay.claimDeadLetter(route, await only(route), "b");
        expect(lost && (await replay.releaseDeadLetter(route, lost, "late"))).toBeUndefined();
        expect(await only(route)).toMatchObject({ claimedBy: "b", entry: letter(1) });
        const held = await only(route);
        await replay.removeDeadLetter(route, letter(1).eventId);
        expect(await replay.releaseDeadLetter(route, held)).toBeUndefined();
        expect(await list(route)).toEqual([]);
      });
    });

    describe("reading and removing", () => {
      it("gives the body as it was put", async () => {
        const route = newRoute();
        const body = Buffer.from([0, 255, 13, 10, 0xc3, 0x28]);
        await subject.bodies.put(route, { eventId: letter(1).eventId, reason: "", body });
        await subject.bodies.put(route, { eventId: letter(2).eventId, reason: "", body: Buffer.alloc(0) });
        await subject.bodies.put(route, { eventId: letter(3).eventId, reason: "", body: Buffer.alloc(3_000_000, 7) });
        const read = async (number: number) => {
          const found = await replay.readDeadLetter(route, letter(number).eventId);
          return found && Buffer.from(found);
        };
        expect((await read(1))?.equals(body)).toBe(true);
        expect(await read(2)).toHaveLength(0);
        expect((await read(3))?.equals(Buffer.alloc(3_000_000, 7))).toBe(true);
        expect(await read(4)).toBeUndefined();
      });

      it("removes row and body, others stay", async () => {
        const route = newRoute();
        await note(route, [letter(1), letter(2)]);
        await replay.removeDeadLetter(route, letter(1).eventId);
        expect(await idsIn(route)).toEqual([letter(2).eventId]);
        expect(await replay.readDeadLetter(route, letter(1).eventId)).toBeUndefined();
        expect(await replay.readDeadLetter(route, letter(2).eventId)).toBeDefined();
      });

      it("takes what is gone already for removed", async () => {
        const route = newRoute();
        await note(route, [letter(1)]);
        await replay.removeDeadLetter(route, letter(1).eventId);
        await replay.removeDeadLetter(route, letter(1).eventId);
        await replay.removeDeadLetter(newRoute(), letter(1).eventId);
        expect(await list(route)).toEqual([]);
      });

      it("leaves the checkpoint alone", async () => {
        const route = newRoute();
        const revision = await note(route, [letter(1)]);
        await replay.claimDeadLetter(route, await only(route), "a");
        await replay.removeDeadLetter(route, letter(1).eventId);
        expect((await subject.checkpoints.load(route))?.revision).toBe(revision);
      });
    });

    describe("retention", () => {
      /** All bodies are older: they were put by the machine's clock. The rows decide. */
      const limit = Date.now() + hour;
      const old = (number: number): DeadLetterEntry => ({ ...letter(number), at: limit - number - 1 });

      it("removes what was noted before the limit, with its body, claimed or not", async () => {
        const route = newRoute();
        await note(route, [{ ...letter(1), at: limit }, old(2), old(3)]);
        const [, , claimed] = await list(route);
        if (claimed) await replay.claimDeadLetter(route, claimed, "dead");
        expect(await replay.expireDeadLetters(route, limit)).toEqual({ removed: 2, more: false });
        expect(await idsIn(route)).toEqual([letter(1).eventId]);
        expect(await replay.readDeadLetter(route, letter(1).eventId)).toBeDefined();
        for (const number of [2, 3]) {
          expect(await replay.readDeadLetter(route, letter(number).eventId)).toBeUndefined();
        }
        expect(await replay.expireDeadLetters(route, limit)).toEqual({ removed: 0, more: false });
      });

      it("does a bounded amount in one call and says whether there is more", async () => {
        const route = newRoute();
        await note(
          route,
          Array.from({ length: 7 }, (_, index) => old(index)),
        );
        const outcomes = [];
        for (let call = 0; call < 3; call += 1) outcomes.push(await replay.expireDeadLetters(route, limit));
        expect(outcomes).toEqual([
          { removed: 3, more: true },
          { removed: 3, more: true },
          { removed: 1, more: false },
        ]);
        expect(await list(route)).toEqual([]);
      });

      it("removes old bodies that no row names, in bounded steps, and spares young ones", async () => {
        const route = newRoute();
        await note(route, [{ ...letter(9), at: limit }]);
        for (const number of [1, 2, 3, 4]) {
          await subject.bodies.put(route, { eventId: letter(number).eventId, reason: "", body: Buffer.from("{}") });
        }
        expect(await replay.expireDeadLetters(route, 0)).toEqual({ removed: 0, more: false });
        expect(await replay.expireDeadLetters(route, limit)).toEqual({ removed: 3, more: true });
        expect(await replay.expireDeadLetters(route, limit)).toEqual({ removed: 1, more: false });
        expect(await replay.readDeadLetter(route, letter(1).eventId)).toBeUndefined();
        expect(await replay.readDeadLetter(route, letter(9).eventId)).toBeDefined();
        expect(await idsIn(route)).toEqual([letter(9).eventId]);
      });

      it("does nothing for a route without letters", async () => {
        expect(await replay.expireDeadLetters(newRoute(), limit)).toEqual({ removed: 0, more: false });
      });
    });
  });
}
