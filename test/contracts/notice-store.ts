// What every store of notices promises. Each implementation runs this suite.
import { describe, expect, it } from "vitest";
import { MOST_ENTRIES, NO_NOTICES, type NoticeState } from "../../src/notify/notices/notice-state.ts";
import type { NoticeStore } from "../../src/notify/notices/notice-store.ts";

const AT = Date.UTC(2026, 10, 26, 8);

function stateOf(entries: number): NoticeState {
  return {
    at: AT,
    entries: Array.from({ length: entries }, (_, index) => ({
      cause: "failing" as const,
      where: `a feed with a long name ${index}@event-hub`,
      since: AT,
      count: 3,
      code: "CREDENTIALS_REFUSED",
      told: true,
      toldAt: AT,
      reminders: 1,
    })),
    deliveredAt: { "rooms@event-hub": AT },
    pace: { level: 2.5, at: AT },
    waiting: Array.from({ length: 3 }, (_, index) => ({
      id: `mail ${index}`,
      to: ["ops@example.com"],
      subject: "障害",
      text: "\u{20BB7} & <b>".repeat(2000),
    })),
  };
}

/** `open` gives an empty store, and another process on the same one. */
export function describeNoticeStore(
  name: string,
  open: () => Promise<{ readonly store: NoticeStore; readonly again: NoticeStore }>,
): void {
  describe(`${name} as a store of notices`, () => {
    it("is without notices at first", async () => {
      const { store } = await open();
      expect(await store.load()).toEqual({ state: NO_NOTICES });
    });

    it("keeps what was saved, for every process, as large as it may get", async () => {
      const { store, again } = await open();
      for (const entries of [1, MOST_ENTRIES]) {
        const revision = await store.save(stateOf(entries), (await again.load()).revision);
        expect(await again.load()).toEqual({ state: stateOf(entries), revision });
      }
    });

    it("is changed by exactly one of several who saw the same", async () => {
      const { store, again } = await open();
      for (const count of [1, 2]) {
        const [one, other] = await Promise.all([store.load(), again.load()]);
        const saved = await Promise.all([
          store.save(stateOf(10 * count), one.revision),
          again.save(stateOf(10 * count + 1), other.revision),
        ]);
        const won = saved.findIndex((revision) => revision !== undefined);
        expect(saved.filter((revision) => revision !== undefined)).toHaveLength(1);
        expect(await store.load()).toEqual({ state: stateOf(10 * count + won), revision: saved[won] });
      }
    });
  });
}
