// The dead-letter store in memory keeps the promises of every store and fails where a test wants it to.
import { describe, expect, it } from "vitest";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { describeDeadLetterStore, id } from "../contracts/dead-letter-store.ts";

describeDeadLetterStore("memoryDeadLetters", async () => {
  const store = memoryDeadLetters();
  return { store, read: async (route, eventId) => store.letters(route).find((letter) => letter.eventId === eventId) };
});

describe("memoryDeadLetters with a fault", () => {
  it("keeps nothing when it fails", async () => {
    const store = memoryDeadLetters((route) => Promise.reject(new Error(`no ${route}`)));
    await expect(store.put("a", { eventId: id(1), reason: "", body: new Uint8Array() })).rejects.toThrow("no a");
    expect(store.letters("a")).toEqual([]);
  });
});
