// Each route has a key of its own that tables, blobs and URLs take as it is.
import { describe, expect, it } from "vitest";
import { fc } from "../fast-check.ts";
import { routeKey, routeOfKey } from "../../src/state/route-key.ts";

describe("routeKey", () => {
  it.each([
    ["default@event-hub", "default@event-hub"],
    ["io.microshare.lake@hub", "io.microshare.lake@hub"],
    ["a b/c\\d#e?f%g_h'i", "a_20b_2fc_5cd_23e_3ff_25g_5fh_27i"],
    ["Gebäude", "Geb_c3_a4ude"],
    [".", "_2e"],
    ["..a..", "_2e_2ea_2e_2e"],
    ["", "_"],
    ["_", "_5f"],
  ])("of %j is %j", (route, key) => {
    expect(routeKey(route)).toBe(key);
    expect(routeOfKey(key)).toBe(route);
  });

  it("gives every route back and holds only safe characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (route) => {
        const key = routeKey(route);
        expect(routeOfKey(key)).toBe(route);
        expect(key).toMatch(/^[A-Za-z0-9_@-]([A-Za-z0-9_.@-]*[A-Za-z0-9_@-])?$/);
      }),
    );
  });

  it("refuses a name that is too long or no text", () => {
    expect(routeKey("a".repeat(512))).toHaveLength(512);
    expect(() => routeKey("a".repeat(513))).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
    expect(() => routeKey("\ud800")).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
  });
});
