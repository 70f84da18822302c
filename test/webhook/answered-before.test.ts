import { describe, expect, it } from "vitest";
import { createAnsweredBefore } from "../../src/webhook/answered-before.ts";
import type { Answer } from "../../src/webhook/contract.ts";

const sent: Answer = { status: 200, body: { status: "Message sent" } };
const failed: Answer = { status: 503, body: {} };

describe("what was answered before", () => {
  it("is answered again without being done again, and only for the same question", async () => {
    const { answer, calls } = memory();
    expect(await answer("a", "one", sent)).toEqual(sent);
    expect(await answer("a", "one", sent)).toEqual({ ...sent, headers: { "idempotency-replayed": "true" } });
    expect(await answer("a", "two", sent)).toBeUndefined();
    expect(calls).toEqual(["a"]);
  });

  it("is done again when it had failed, or thrown", async () => {
    const { answer, calls } = memory();
    expect(await answer("a", "one", failed)).toEqual(failed);
    await expect(answer("a", "one", new Error("a bug"))).rejects.toThrow("a bug");
    expect(await answer("a", "one", sent)).toEqual(sent);
    expect(calls).toEqual(["a", "a", "a"]);
  });

  it("waits for the first when two come at once, whatever becomes of it", async () => {
    const { answer, calls } = memory();
    const both = await Promise.all([answer("a", "one", failed), answer("a", "one", sent)]);
    expect(both).toEqual([failed, failed]);
    expect(calls).toEqual(["a"]);
  });

  it("is kept for its time from the confirmation on, and then forgotten", async () => {
    const { answer, calls, clock } = memory({ keepMs: 1_000 });
    await answer("a", "one", sent);
    clock.now += 999;
    await answer("a", "one", sent);
    expect(calls).toEqual(["a"]);
    clock.now += 1;
    await answer("a", "one", sent);
    expect(calls).toEqual(["a", "a"]);
  });

  it("is bounded: the oldest goes first", async () => {
    const { answer, calls } = memory({ most: 2 });
    for (const id of ["a", "b", "c", "d"]) await answer(id, "one", sent);
    await answer("d", "one", sent);
    expect(calls).toEqual(["a", "b", "c", "d"]);
    await answer("a", "one", sent);
    expect(calls).toEqual(["a", "b", "c", "d", "a"]);
  });
});

function memory(options: { keepMs?: number; most?: number } = {}) {
  const clock = { now: 0 };
  const calls: string[] = [];
  const before = createAnsweredBefore({ keepMs: 1_000, most: 100, now: () => clock.now, ...options });
  return {
    clock,
    calls,
    answer: (id: string, fingerprint: string, outcome: Answer | Error) =>
      before.answer(id, fingerprint, () => {
        calls.push(id);
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
      }),
  };
}
