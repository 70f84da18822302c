// What every outbox promises. Each implementation runs this suite.
import { describe, expect, it } from "vitest";
import type { Mail } from "../../src/notify/mail.ts";
import type { OutboxEntry, OutboxStore, Pace } from "../../src/notify/mail-outbox.ts";

export const japaneseMail: Mail = {
  to: ["ops@example.com", "night@example.org"],
  subject: "障害のお知らせ: 会議室のデータが届いていません",
  text: "会議室のデータが 3 時間届いていません。\n<確認> & 「対応」をお願いします。𠮷",
};

const mostOpen = 3;

/** `open` gives an empty outbox under the clock `now`; `again` is another process on the same one. */
export function describeMailOutbox(
  name: string,
  open: (now: () => number, mostOpen: number) => Promise<{ readonly outbox: OutboxStore; readonly again: OutboxStore }>,
): void {
  describe(`${name} as an outbox`, () => {
    const start = Date.parse("2026-11-26T08:00:00.123Z");

    it("is empty at first, and has sent nothing", async () => {
      const { outbox } = await open(() => start, mostOpen);
      expect(await outbox.look()).toEqual({ entries: [], pace: { sentAt: [], pausedUntil: 0 } });
    });

    it("keeps a mail as it was given, for every process, under an id of its own", async () => {
      let now = start;
      const { outbox, again } = await open(() => now, mostOpen);
      const html = "<p>長い</p>".repeat(8_000);
      const ids = [await outbox.add(japaneseMail)];
      now += 1;
      ids.push(await again.add({ ...japaneseMail, text: "一".repeat(20_000), html }));
      expect(new Set(ids).size).toBe(2);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const { entries } = await again.look();
      expect(entries).toMatchObject([
        {
          id: ids[0],
          queuedAt: start,
          recipients: 2,
          mail: japaneseMail,
          state: { kind: "queued", tries: 0, notBefore: 0 },
        },
        { id: ids[1], queuedAt: start + 1, mail: { text: "一".repeat(20_000), html } },
      ]);
    });

    it("takes a mail under an id of the caller's once, whoever brings it again", async () => {
      let now = start;
      const { outbox, again } = await open(() => now, mostOpen);
      const id = "0f8fad5b-d9cb-469f-a165-70867728950e";
      expect(await outbox.add(japaneseMail, id)).toBe(id);
      now += 1000;
      expect(await again.add({ ...japaneseMail, subject: "another" }, id)).toBe(id);
      const { entries } = await again.look();
      expect(entries).toMatchObject([{ id, queuedAt: start, mail: japaneseMail }]);
    });

    it("changes an entry for exactly one of several who saw the same", async () => {
      const { outbox, again } = await open(() => start, mostOpen);
      await outbox.add(japaneseMail);
      const sights = await Promise.all([outbox.look(), again.look(), outbox.look()]);
      const changed = await Promise.all(
        sights.map(({ entries, pace }, index) => {
          const claimed = {
            ...first(entries),
            state: { kind: "sending", tries: 1, claimedUntil: start + index },
          } as const;
          return (index === 1 ? again : outbox).change(claimed, { ...pace, sentAt: [start + index] });
        }),
      );
      const winners = changed.filter((one) => one !== undefined);
      expect(winners).toHaveLength(1);
      const { entries, pace } = await outbox.look();
      expect(entries).toEqual([winners[0]?.entry]);
      expect(pace).toEqual(winners[0]?.pace);
    });

    it("counts the sends of two processes together: neither of two at once is forgotten", async () => {
      const { outbox, again } = await open(() => start, mostOpen);
      await outbox.add(japaneseMail);
      await outbox.add(japaneseMail);
      const { entries, pace } = await outbox.look();
      const send = (store: OutboxStore, entry: OutboxEntry | undefined, seen: Pace) => {
        if (entry === undefined) throw new Error("there is no such entry");
        const state = { kind: "sending", tries: 1, claimedUntil: start } as const;
        return store.change({ ...entry, state }, { ...seen, sentAt: [...seen.sentAt, start] });
      };
      const both = await Promise.all([send(outbox, entries[0], pace), send(again, entries[1], pace)]);
      expect(both.filter((one) => one !== undefined)).toHaveLength(1);
      const sight = await outbox.look();
      const left = sight.entries.find(({ state }) => state.kind === "queued");
      expect((await send(again, left, sight.pace))?.pace.sentAt).toHaveLength(2);
    });

    it("forgets what was in a mail once it is not to be sent any more", async () => {
      const { outbox, again } = await open(() => start, mostOpen);
      await outbox.add(japaneseMail);
      const { entries, pace } = await outbox.look();
      const { mail: _, ...rest } = first(entries);
      const ended = { ...rest, state: { kind: "succeeded", endedAt: start + 5 } } as const;
      expect(await outbox.change(ended, pace)).toBeDefined();
      expect(JSON.stringify(await again.look())).not.toMatch(/example|会議室/);
      expect((await again.look()).entries).toMatchObject([
        { recipients: 2, state: { kind: "succeeded", endedAt: start + 5 } },
      ]);
    });

    it("removes rows, also such as are gone already", async () => {
      const { outbox } = await open(() => start, mostOpen);
      const ids = [await outbox.add(japaneseMail), await outbox.add(japaneseMail)];
      const { entries, pace } = await outbox.look();
      await outbox.remove(ids.slice(0, 1));
      await outbox.remove(ids.slice(0, 1));
      await outbox.remove([]);
      expect((await outbox.look()).entries.map(({ id }) => id)).toEqual(ids.slice(1));
      const gone = entries.find(({ id }) => id === ids[0]);
      expect(gone && (await outbox.change(gone, pace))).toBeUndefined();
    });

    it("takes no more than its limit of open mails, and again when some have ended", async () => {
      const { outbox } = await open(() => start, mostOpen);
      await Promise.all(Array.from({ length: mostOpen }, () => outbox.add(japaneseMail)));
      await expect(outbox.add(japaneseMail)).rejects.toMatchObject({ code: "MAIL_OUTBOX_FULL" });
      const { entries, pace } = await outbox.look();
      const { mail: _, ...rest } = first(entries);
      await outbox.change({ ...rest, state: { kind: "failed", endedAt: start } }, pace);
      await outbox.add(japaneseMail);
      expect((await outbox.look()).entries).toHaveLength(mostOpen + 1);
    });

    it("takes no mail without recipients or beyond its size: that is a bug of the caller", async () => {
      const { outbox } = await open(() => start, mostOpen);
      await expect(outbox.add({ ...japaneseMail, to: [] })).rejects.toThrow("no recipient");
      await expect(outbox.add({ ...japaneseMail, text: "x".repeat(20_001) })).rejects.toThrow("larger");
    });
  });
}

function first(entries: readonly OutboxEntry[]): OutboxEntry {
  const [entry] = entries;
  if (entry === undefined) throw new Error("the outbox is empty");
  return entry;
}
