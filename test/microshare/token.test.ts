import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { createTokenSource } from "../../src/microshare/token.ts";
import type { IssuedToken } from "../../src/microshare/token.ts";
import { failureOf } from "./fake-platform.ts";

const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;
const failure = (code: "CREDENTIALS_REFUSED" | "API_UNAVAILABLE") => new BridgeError(code, "no", { fix: "do" });

/** A login that answers when told to, and a clock. */
function setUp(outcome: (turn: number) => Promise<IssuedToken> | IssuedToken) {
  const clock = { now: 0 };
  const signals: AbortSignal[] = [];
  const tokens = createTokenSource({
    now: () => clock.now,
    login: async (loginSignal) => {
      signals.push(loginSignal);
      return outcome(signals.length);
    },
  });
  return { clock, signals, tokens, get: (own = signal) => tokens.get(own, 'Feed "rooms"') };
}

const lasting = (hours: number) => (turn: number) => ({ token: `t${turn}`, expiresAt: hours * HOUR_MS });

describe("the token", () => {
  it("is fetched once and kept", async () => {
    const { get, signals } = setUp(lasting(48));
    expect([await get(), await get(), await get()]).toEqual(["t1", "t1", "t1"]);
    expect(signals).toHaveLength(1);
  });

  it("is fetched once for many callers at the same time", async () => {
    const { get, signals } = setUp(lasting(48));
    expect(await Promise.all(Array.from({ length: 50 }, () => get()))).toEqual(Array.from({ length: 50 }, () => "t1"));
    expect(signals).toHaveLength(1);
  });

  it("is renewed a quarter of an hour before it expires", async () => {
    const { clock, get } = setUp(lasting(48));
    await get();
    clock.now = 48 * HOUR_MS - 15 * 60_000 - 1;
    expect(await get()).toBe("t1");
    clock.now += 1;
    expect(await get()).toBe("t2");
  });

  it("is used for most of its life when that is short", async () => {
    const { clock, get } = setUp((turn) => ({ token: `t${turn}`, expiresAt: clock.now + 60_000 }));
    await get();
    clock.now = 44_999;
    expect(await get()).toBe("t1");
    clock.now = 45_000;
    expect(await get()).toBe("t2");
  });

  it("goes on being used while it is good and renewing fails, with a pause between tries", async () => {
    const { clock, get, signals } = setUp((turn) => {
      if (turn === 2) throw failure("API_UNAVAILABLE");
      return { token: `t${turn}`, expiresAt: turn * 48 * HOUR_MS };
    });
    await get();
    clock.now = 48 * HOUR_MS - 10 * 60_000;
    expect([await get(), await get()]).toEqual(["t1", "t1"]);
    expect(signals).toHaveLength(2);
    clock.now += 60_000;
    expect(await get()).toBe("t3");
  });

  it("is no longer used once it has expired, and the failure is told", async () => {
    const { clock, get } = setUp((turn) => {
      if (turn > 1) throw failure("API_UNAVAILABLE");
      return { token: "t1", expiresAt: HOUR_MS };
    });
    await get();
    clock.now = HOUR_MS;
    expect(await failureOf(get())).toMatchObject({ code: "API_UNAVAILABLE" });
  });

  it("is dropped only while it is still the same one", async () => {
    const { get, tokens, signals } = setUp(lasting(48));
    await get();
    tokens.drop("t1");
    expect(await get()).toBe("t2");
    tokens.drop("t1");
    expect(await get()).toBe("t2");
    expect(signals).toHaveLength(2);
  });
});

describe("a refused login", () => {
  it("is not repeated for five minutes, so that feeds of one run do not lock the account", async () => {
    const { clock, get, signals } = setUp(() => {
      throw failure("CREDENTIALS_REFUSED");
    });
    for (let feed = 0; feed < 5; feed += 1) {
      expect(await failureOf(get())).toMatchObject({ code: "CREDENTIALS_REFUSED" });
    }
    expect(signals).toHaveLength(1);
    clock.now = 5 * 60_000;
    await failureOf(get());
    expect(signals).toHaveLength(2);
  });

  it("does not take a token away that is still good", async () => {
    const { clock, get } = setUp((turn) => {
      if (turn > 1) throw failure("CREDENTIALS_REFUSED");
      return { token: "t1", expiresAt: 48 * HOUR_MS };
    });
    await get();
    clock.now = 48 * HOUR_MS - 60_000;
    expect([await get(), await get()]).toEqual(["t1", "t1"]);
  });

  it("is repeated by the next caller when it may have passed", async () => {
    const { get, signals } = setUp((turn) => {
      if (turn === 1) throw failure("API_UNAVAILABLE");
      return { token: "t2", expiresAt: HOUR_MS };
    });
    await failureOf(get());
    expect(await get()).toBe("t2");
    expect(signals).toHaveLength(2);
  });

  it("lets a bug through as it is", async () => {
    const { get } = setUp(() => {
      throw new RangeError("bug");
    });
    await expect(get()).rejects.toThrow(RangeError);
  });

  it("lets a bug through even while the old token is good", async () => {
    const { clock, get } = setUp((turn) => {
      if (turn > 1) throw new RangeError("bug");
      return { token: "t1", expiresAt: HOUR_MS };
    });
    await get();
    clock.now = HOUR_MS - 1;
    await expect(get()).rejects.toThrow(RangeError);
  });
});

describe("a login under way", () => {
  it("goes on for the others when one caller runs out of time", async () => {
    const landing = Promise.withResolvers<IssuedToken>();
    const { get, signals } = setUp(() => landing.promise);
    const controller = new AbortController();
    const leaving = failureOf(get(controller.signal));
    const staying = get();
    controller.abort();
    expect(await leaving).toMatchObject({ code: "OUT_OF_TIME", message: expect.stringContaining('Feed "rooms"') });
    expect(signals[0]?.aborted).toBe(false);
    landing.resolve({ token: "t1", expiresAt: HOUR_MS });
    expect(await staying).toBe("t1");
  });

  it("is given up when nobody waits any more, and begun anew for the next", async () => {
    const { get, signals } = setUp((turn) =>
      turn === 1 ? new Promise(() => undefined) : { token: "t2", expiresAt: HOUR_MS },
    );
    const controllers = [new AbortController(), new AbortController()];
    const leaving = controllers.map((controller) => failureOf(get(controller.signal)));
    for (const controller of controllers) controller.abort();
    await Promise.all(leaving);
    expect(signals[0]?.aborted).toBe(true);
    expect(await get()).toBe("t2");
  });

  it("is not begun for a caller who is out of time already", async () => {
    const { get, signals } = setUp(lasting(48));
    expect(await failureOf(get(AbortSignal.abort()))).toMatchObject({ code: "OUT_OF_TIME" });
    expect(signals).toEqual([]);
  });

  it("does not hand an old token to a caller who is out of time", async () => {
    const { clock, get } = setUp(lasting(1));
    await get();
    clock.now = HOUR_MS - 1;
    expect(await failureOf(get(AbortSignal.abort()))).toMatchObject({ code: "OUT_OF_TIME" });
  });
});
