import { describe, expect, it } from "vitest";
import { positionsOf, readHubState } from "../../src/sinks/hub-state.ts";
import { sinkRetryPolicy } from "../../src/sinks/retry-policy.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";

const limits = { policy: sinkRetryPolicy, timeoutMs: 1_000, signal: never() };

/** A hub whose partitions answer as told; `asked` counts the questions. */
function hubOf(count: number, answer: (id: string) => { first: number; last: number; isEmpty?: boolean } | Error) {
  const asked: string[] = [];
  const properties = { eventHubName: "Records", lastEnqueuedOffset: "", lastEnqueuedOnUtc: new Date(0) };
  return {
    asked,
    client: {
      getEventHubProperties: async () => ({
        name: "Records",
        createdOn: new Date(0),
        isGeoDrEnabled: false,
        partitionIds: Array.from({ length: count }, (_, index) => String(index)),
      }),
      async getPartitionProperties(partitionId: string) {
        asked.push(partitionId);
        const said = answer(partitionId);
        if (said instanceof Error) throw said;
        const { first, last, isEmpty = false } = said;
        return {
          ...properties,
          partitionId,
          isEmpty,
          beginningSequenceNumber: first,
          lastEnqueuedSequenceNumber: last,
        };
      },
    },
  };
}

describe("readHubState", () => {
  it("asks every partition where it begins and ends", async () => {
    const { client } = hubOf(20, (id) => ({ first: Number(id), last: 100 }));
    const state = await readHubState(client, limits, fakeClock());
    expect(state).toMatchObject({ ok: true, value: { hub: "records created 1970-01-01T00:00:00.000Z" } });
    expect(state.ok && state.value.partitions["19"]).toEqual({ first: 19, last: 100 });
    expect(state.ok && Object.keys(positionsOf(state.value).partitions)).toHaveLength(20);
  });

  it("knows that an empty partition has no first event, whatever number the service gives it", async () => {
    const { client } = hubOf(1, () => ({ first: 3, last: 7, isEmpty: true }));
    expect(await readHubState(client, limits, fakeClock())).toMatchObject({
      value: { partitions: { 0: { first: 8, last: 7 } } },
    });
  });

  it("stops asking once one partition fails, and says why", async () => {
    const gone = Object.assign(new Error("gone"), { code: "MessagingEntityNotFoundError" });
    const { client, asked } = hubOf(100, (id) => (id === "5" ? gone : { first: 0, last: 1 }));
    const state = await readHubState(client, limits, fakeClock());
    expect(state).toMatchObject({ ok: false, failure: { kind: "not-found" } });
    expect(asked.length).toBeLessThan(30);
  });
});
