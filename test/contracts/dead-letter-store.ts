// What every store of dead-letter bodies promises. Each implementation runs this suite.
import { beforeAll, describe, expect, it } from "vitest";
import type { DeadLetterStore } from "../../src/pipeline/ports.ts";

export interface DeadLetterStoreUnderTest {
  readonly store: DeadLetterStore;
  /** What is kept under an event id, with its reason. */
  readonly read: (
    route: string,
    eventId: string,
  ) => Promise<{ readonly body: Uint8Array; readonly reason: string } | undefined>;
}

/** `open` gives an empty store. */
export function describeDeadLetterStore(name: string, open: () => Promise<DeadLetterStoreUnderTest>): void {
  describe(`${name} as a dead-letter store`, () => {
    let subject: DeadLetterStoreUnderTest;
    beforeAll(async () => {
      subject = await open();
    });
    const put = (route: string, eventId: string, body: string, reason = "too large") =>
      subject.store.put(route, { eventId, reason, body: Buffer.from(body) });
    const bodyOf = async (route: string, eventId: string) => {
      const kept = await subject.read(route, eventId);
      return kept && Buffer.from(kept.body).toString();
    };

    it("keeps the bytes and the reason", async () => {
      const body = Buffer.from([0, 255, 13, 10, 0xc3, 0x28]);
      await subject.store.put("a@hub", { eventId: id(1), reason: "größer als\n1 MiB 🏢", body });
      const kept = await subject.read("a@hub", id(1));
      expect(Buffer.from(kept?.body ?? []).equals(body)).toBe(true);
      expect(kept?.reason).toBe("größer als\n1 MiB 🏢");
    });

    it("changes nothing when the same letter is put twice", async () => {
      await put("b@hub", id(2), "first");
      await put("b@hub", id(2), "second");
      expect(await bodyOf("b@hub", id(2))).toBe("first");
    });

    it("keeps letters of different routes apart, whatever the routes are called", async () => {
      const routes = ["a/b@hub", "a_2fb@hub", "../b@hub", "Gebäude #1?@hub"];
      for (const route of routes) await put(route, id(3), route);
      expect(await Promise.all(routes.map((route) => bodyOf(route, id(3))))).toEqual(routes);
    });

    it("keeps large and empty bodies, and reasons of any length", async () => {
      await put("c@hub", id(4), "x".repeat(3_000_000));
      await put("c@hub", id(5), "");
      await put("c@hub", id(6), "body", "🏢".repeat(50_000));
      expect((await bodyOf("c@hub", id(4)))?.length).toBe(3_000_000);
      expect(await bodyOf("c@hub", id(5))).toBe("");
      expect((await subject.read("c@hub", id(6)))?.reason).toMatch(/^(🏢)+/u);
    });

    it("takes several at once", async () => {
      await Promise.all([7, 8, 8, 9].map((number) => put("d@hub", id(number), `body ${number}`)));
      expect(await Promise.all([7, 8, 9].map((number) => bodyOf("d@hub", id(number))))).toEqual([
        "body 7",
        "body 8",
        "body 9",
      ]);
    });
  });
}

export function id(number: number): string {
  return number.toString(16).padStart(32, "0");
}
