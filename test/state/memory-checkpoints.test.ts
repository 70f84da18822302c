// The checkpoint store in memory keeps the promises of every store and fails where a test wants it to.
import { describe, expect, it } from "vitest";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { hour, ledgerIds, segmentChange } from "../contracts/checkpoint-samples.ts";
import { describeCheckpointStore } from "../contracts/checkpoint-store.ts";
import { describeLeaseStore, takeLease, type LeaseStoreUnderTest } from "../contracts/lease-store.ts";

describeCheckpointStore("memoryCheckpoints", openStore);
describeLeaseStore("memoryCheckpoints", openStore);

async function openStore(): Promise<LeaseStoreUnderTest> {
  const store = memoryCheckpoints({}, { mostRuns: 3, longestMs: 7 * 24 * hour });
  return { store, deadLetterIds: async (route) => store.deadLetters(route).map(({ eventId }) => eventId) };
}

describe("memoryCheckpoints with faults", () => {
  it("does nothing when the fault comes before", async () => {
    let broken = true;
    const store = memoryCheckpoints({
      before({ name, route }) {
        if (broken && name === "save") throw new Error(`no ${route}`);
      },
    });
    await expect(store.save("a", segmentChange(1), undefined)).rejects.toThrow("no a");
    expect(await store.load("a")).toBeUndefined();
    broken = false;
    await store.save("a", segmentChange(1), undefined);
  });

  it("has renewed the lease when the fault comes after, and it is still held", async () => {
    let broken = false;
    const store = memoryCheckpoints({
      after({ name }) {
        if (broken && name === "renew") throw new Error("answer lost");
      },
    });
    const lease = await takeLease(store, "a", "one");
    broken = true;
    await expect(store.renew("a", lease)).rejects.toThrow("answer lost");
    expect((await store.look("a")).mark).not.toBe(lease.mark);
    broken = false;
    await store.save("a", segmentChange(1), undefined, lease);
  });

  it("has done it when the fault comes after", async () => {
    const store = memoryCheckpoints({
      after({ name }) {
        if (name === "save") throw new Error("answer lost");
      },
    });
    await expect(store.save("a", segmentChange(1), undefined)).rejects.toThrow("answer lost");
    expect(await ledgerIds(store, "a", 0)).toHaveLength(1);
  });
});
