import { describe, expect, it } from "vitest";
import { BridgeError } from "../src/errors.ts";
import { leftRoutes } from "../src/left-routes.ts";

/** Counts the calls. */
function indexOf(...known: string[]) {
  const calls: string[] = [];
  return {
    calls,
    known,
    list: async () => {
      calls.push("list");
      return known;
    },
    add: async (routes: readonly string[]) => {
      calls.push("add");
      known.push(...routes);
    },
  };
}

describe("routes that are left", () => {
  it("are told by feed and sink, with one call to storage", async () => {
    const index = indexOf("a@one", "a@two", "gone@one");
    const warnings = await leftRoutes(["a@one"], index);
    expect(warnings.map(({ code }) => code)).toEqual(["ROUTE_LEFT", "ROUTE_LEFT"]);
    expect(warnings[0]?.message).toContain(
      "a@two has saved progress, and by the settings the feed a does not go to a sink two",
    );
    expect(warnings[1]?.message).toContain("there is no feed gone any more");
    expect(warnings[0]?.fix).toContain("delete the row a@two of the partition _routes");
    expect(index.calls).toEqual(["list"]);
  });

  it("are none in the first run, which is kept in mind", async () => {
    const index = indexOf();
    expect(await leftRoutes(["a@one", "a@two"], index)).toEqual([]);
    expect(index.known).toEqual(["a@one", "a@two"]);
    expect(await leftRoutes(["a@one", "a@two"], index)).toEqual([]);
    expect(index.calls).toEqual(["list", "add", "list"]);
  });

  it("cannot be told where storage does not answer, which is a warning and no more", async () => {
    const down = new BridgeError("STATE_UNAVAILABLE", "down", { fix: "wait" });
    const index = { ...indexOf(), list: () => Promise.reject(down) };
    expect(await leftRoutes(["a@one"], index)).toEqual([down]);
  });
});
