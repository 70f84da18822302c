// The size guard at its limits: what fits is sent and taken, one byte more is refused before it is sent.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveOperations, type Change } from "../../src/state/save-operations.ts";
import { assertFits, tableLimits, type Operation, type PropertyValue } from "../../src/state/table-limits.ts";
import { mostIdsPerRow } from "../../src/state/ledger-rows.ts";
import { eventIds, letter, noon, someCheckpoint } from "../contracts/checkpoint-samples.ts";
import { newRoute, openFaultyTable, type FaultyTable } from "./faulty-table.ts";

describe("assertFits", () => {
  it.each([
    ["a text", "a".repeat(tableLimits.textCharacters), "a".repeat(tableLimits.textCharacters + 1)],
    ["a binary", new Uint8Array(tableLimits.binaryBytes), new Uint8Array(tableLimits.binaryBytes + 1)],
  ])("takes %s of exactly 64 KiB and no more", (_, most, more) => {
    expect(refusal([create({ value: most })])).toBeUndefined();
    expect(refusal([create({ value: more })])).toMatch(/value in the row r/);
  });

  it("takes 252 properties beside the system's three", () => {
    expect(refusal([create(properties(252, 1))])).toBeUndefined();
    expect(refusal([create(properties(253, 1))])).toMatch(/253 properties/);
  });

  it("takes 100 operations", () => {
    const operations = Array.from({ length: 101 }, (_, index) => create({}, `r${index}`));
    expect(refusal(operations.slice(1))).toBeUndefined();
    expect(refusal(operations)).toMatch(/101 rows/);
  });

  it("counts two bytes for each character of keys, names and texts, and eight more a property", () => {
    // 4 for the row, 4 for the keys; sixteen texts with names of three characters.
    const others = 4 + 2 * 2 + 16 * (8 + 2 * 3 + 4) + 15 * 2 * tableLimits.textCharacters;
    const rest = (tableLimits.entityBytes - others) / 2;
    expect(refusal([create(nearly(rest))])).toBeUndefined();
    expect(refusal([create(nearly(rest + 1))])).toMatch(`the row r has ${tableLimits.entityBytes + 2} bytes`);
  });

  it("counts binaries in base64, as the emulator holds them against the limit of a row", () => {
    const full = new Uint8Array(tableLimits.binaryBytes);
    expect(refusal([create(properties(11, full))])).toBeUndefined();
    expect(refusal([create(properties(12, full))])).toMatch(/the row r has/);
  });

  it("counts escapes and encoded characters", () => {
    expect(refusal([create(properties(15, "a".repeat(20_000)))])).toBeUndefined();
    expect(refusal([create(properties(15, "\u0001".repeat(20_000)))])).toMatch(/the row r has/);
  });

  it("counts all rows together, and deletions only by their keys", () => {
    const row = properties(11, new Uint8Array(tableLimits.binaryBytes));
    const rows = Array.from({ length: 5 }, (_, index) => create(row, `r${index}`));
    expect(refusal(rows.slice(1))).toBeUndefined();
    expect(refusal(rows)).toMatch(/the save has/);
    const deletions = Array.from({ length: 99 }, (_, index): Operation => [
      "delete",
      { partitionKey: "p", rowKey: `d${index}` },
    ]);
    expect(refusal([create(row), ...deletions])).toBeUndefined();
  });

  it("says what to do", () => {
    expect(() => assertFits([create({ value: "a".repeat(40_000) })], "save")).toThrow(
      expect.objectContaining({ code: "STATE_TOO_LARGE", fix: expect.stringMatching(/WINDOW/) }),
    );
  });
});

describe("the largest save that fits", () => {
  let faulty: FaultyTable;
  beforeAll(async () => {
    faulty = await openFaultyTable();
  });
  afterAll(() => faulty.close());

  it("is taken by the service, and leaves little of 4 MiB unused", async () => {
    const route = newRoute();
    const ids = { saveId: "12345678", revision: undefined };
    let letters = 0;
    while (refusal(saveOperations(route, change(letters + 1), ids)) === undefined) letters += 1;
    faulty.proxy.reset();
    await faulty.store.save(route, change(letters), undefined);
    const [request] = faulty.proxy.requests;
    expect(request?.body.length).toBeLessThan(tableLimits.requestBytes);
    expect(request?.body.length).toBeGreaterThan(0.98 * tableLimits.requestBytes);
    await expect(faulty.store.save(newRoute(), change(letters + 1), undefined)).rejects.toMatchObject({
      code: "STATE_TOO_LARGE",
    });
    expect(faulty.proxy.requests).toHaveLength(1);
  });

  it("counts at least the bytes that are sent when it is many small rows", async () => {
    const deadLetters = Array.from({ length: 99 }, (_, index) => letter(index));
    faulty.proxy.reset();
    await faulty.store.save(newRoute(), { checkpoint: someCheckpoint(), deadLetters }, undefined);
    const [request] = faulty.proxy.requests;
    // What the guard allows for the frame of each row, beside the row itself.
    expect(Number(request?.body.length) / 100).toBeLessThan(1024);
  });
});

type Row = Record<string, PropertyValue>;

function properties(count: number, value: PropertyValue): Row {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, value]));
}

/** Sixteen texts with names of three characters, all full but the last. */
function nearly(rest: number): Row {
  const names = Array.from({ length: 15 }, (_, index) => `t${index + 10}`);
  const full = "a".repeat(tableLimits.textCharacters);
  return { ...Object.fromEntries(names.map((name) => [name, full])), t99: "a".repeat(rest) };
}

function change(letters: number): Change {
  return {
    checkpoint: someCheckpoint(),
    segment: { filedTo: noon, ids: eventIds(0, 4 * mostIdsPerRow) },
    deadLetters: Array.from({ length: letters }, (_, index) => ({ ...letter(index), reason: "ü".repeat(1_900) })),
  };
}

function create(row: Row, rowKey = "r"): Operation {
  return ["create", { ...row, partitionKey: "p", rowKey }];
}

function refusal(operations: readonly Operation[]): string | undefined {
  try {
    assertFits(operations, "save");
    return undefined;
  } catch (error) {
    return String(error);
  }
}
