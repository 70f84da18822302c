import { describe, expect, it } from "vitest";
import { createSemaphore } from "../src/semaphore.ts";

const signal = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve, "still waiting"));

describe("the limit on requests in flight", () => {
  it("serves waiting callers in the order they came", async () => {
    const semaphore = createSemaphore(1);
    const order: number[] = [];
    const leave = await semaphore.enter(signal);
    const waiting = [1, 2, 3].map(async (caller) => {
      const done = await semaphore.enter(signal);
      order.push(caller);
      done();
    });
    leave();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it("lets no newcomer overtake the one whose turn it is", async () => {
    const semaphore = createSemaphore(1);
    const order: string[] = [];
    const leave = await semaphore.enter(signal);
    const wait = async (): Promise<void> => {
      const done = await semaphore.enter(signal);
      order.push("waiting");
      done();
    };
    const waiting = wait();
    leave();
    const newcomer = semaphore.enter(signal).then(() => order.push("newcomer"));
    await Promise.all([waiting, newcomer]);
    expect(order).toEqual(["waiting", "newcomer"]);
  });

  it("counts a place given back twice only once", async () => {
    const semaphore = createSemaphore(1);
    const leave = await semaphore.enter(signal);
    leave();
    leave();
    await semaphore.enter(signal);
    const third = semaphore.enter(signal).then(() => "entered");
    expect(await Promise.race([third, settled()])).toBe("still waiting");
  });

  it("gives no place to an aborted caller, waiting or not", async () => {
    const semaphore = createSemaphore(1);
    const leave = await semaphore.enter(signal);
    await expect(semaphore.enter(AbortSignal.abort())).rejects.toThrow("aborted");
    const controller = new AbortController();
    const waiting = semaphore.enter(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow("aborted");
    leave();
    await semaphore.enter(signal);
  });

  it("takes a free place even when the signal was aborted, as the call itself looks at it", async () => {
    const leave = await createSemaphore(1).enter(AbortSignal.abort());
    expect(leave).toBeTypeOf("function");
  });
});
