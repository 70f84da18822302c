import { describe, expect, it } from "vitest";
import { createHubNames, hubNameFor, isHubName } from "../../src/sinks/hub-names.ts";
import { fc } from "../fast-check.ts";

describe("the hub of a record type", () => {
  it.each([
    ["io.microshare.lake.snapshot.hourly", "io.microshare.lake.snapshot.hourly"],
    ["a", "a"],
    ["io.microshare.Clean", /^io\.microshare\.clean-[0-9a-f]{10}$/u],
    ["clean / dirty", /^clean-dirty-[0-9a-f]{10}$/u],
    [".hidden.", /^hidden-[0-9a-f]{10}$/u],
    ["", /^type-[0-9a-f]{10}$/u],
    ["温度", /^type-[0-9a-f]{10}$/u],
    // It looks like one that was changed already.
    ["clean-0123456789", /^clean-0123456789-[0-9a-f]{10}$/u],
    ["x".repeat(300), /^x{245}-[0-9a-f]{10}$/u],
  ])("of %j is one the service takes", (recType, wanted) => {
    expect(hubNameFor(recType)).toMatch(typeof wanted === "string" ? new RegExp(`^${wanted}$`, "u") : wanted);
    expect(isHubName(hubNameFor(recType))).toBe(true);
  });

  it("is the same in every process and release", () => {
    expect(hubNameFor("Clean / Dirty")).toBe("clean-dirty-8d58a55e22");
    expect(hubNameFor("Clean / Dirty", "ms.")).toBe("ms.clean-dirty-8d58a55e22");
  });

  it("is a name for any text, and never that of another type, whatever the case", () => {
    const recType = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.stringMatching(/^[aA.\-_/ ]{1,4}(?:-[0-9a-f]{10})?$/u),
    );
    fc.assert(
      fc.property(recType, recType, fc.constantFrom("", "ms-"), (one, other, prefix) => {
        const name = hubNameFor(one, prefix);
        expect(isHubName(name)).toBe(true);
        expect(name.startsWith(prefix)).toBe(true);
        if (one !== other) expect(hubNameFor(other, prefix).toLowerCase()).not.toBe(name.toLowerCase());
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the names of the hubs of a sink", () => {
  it("are those that are set, before those that are made", () => {
    const names = createHubNames({ hubNames: { "io.a": "Alpha" }, prefix: "ms-", sharedHub: "rest" });
    expect(names.hubOf("io.a")).toEqual({ hub: "Alpha" });
    expect(names.hubOf("io.b")).toEqual({ hub: "ms-io.b" });
    for (const ours of ["alpha", "REST", "ms-anything", "MS-x"]) expect(names.isOurs(ours)).toBe(true);
    expect(names.isOurs("orders")).toBe(false);
  });

  it("cannot be set to one for two types", () => {
    expect(() => createHubNames({ hubNames: { "io.a": "one", "io.b": "ONE" } })).toThrow(
      expect.objectContaining({
        code: "SETTINGS_INVALID",
        message: expect.stringMatching(/io\.a and io\.b/u),
        fix: expect.stringMatching(/hubNames/u),
      }),
    );
  });

  it("refuse a type whose name is set for another one, naming both", () => {
    const names = createHubNames({ hubNames: { "io.a": "io.b" } });
    expect(names.hubOf("io.b")).toMatchObject({
      error: { code: "SINK_REFUSED", message: expect.stringMatching(/io\.a and io\.b/u) },
    });
    expect(names.hubOf("io.a")).toEqual({ hub: "io.b" });
  });

  it.each([{ hubNames: { a: "no/slash" } }, { sharedHub: "-x" }, { prefix: "-" }, { prefix: "p".repeat(65) }])(
    "must be names: %j",
    (options) => {
      expect(() => createHubNames(options)).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
    },
  );
});
