// The plan of a compaction, held against its rules for any set of ledger rows.
import { describe, expect, it } from "vitest";
import { fc } from "../fast-check.ts";
import { mergedRowKey, planCompaction } from "../../src/state/ledger-compaction.ts";
import { ledgerRows, mostIdsPerRow, type LedgerRowSummary } from "../../src/state/ledger-rows.ts";
import { hour, noon } from "../contracts/checkpoint-samples.ts";

describe("planCompaction", () => {
  it("follows its rules for any rows", () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: -10, max: 30 }), (rows, limitHour) => {
        const before = noon + limitHour * hour;
        const { expired, merges } = planCompaction(rows, before);
        expect(new Set(expired)).toEqual(new Set(rows.filter(({ filedTo }) => filedTo < before)));
        const merged = merges.flat();
        expect(new Set(merged).size, "each row once").toBe(merged.length);
        for (const group of merges) {
          const times = group.map(({ filedTo }) => filedTo);
          expect(Math.min(...times)).toBeGreaterThanOrEqual(before);
          expect(Math.max(...times) - Math.min(...times)).toBeLessThan(6 * hour);
          expect(group.length).toBeGreaterThanOrEqual(8);
          expect(group.length, "with the new row, one transaction").toBeLessThan(100);
          expect(group.reduce((ids, { count }) => ids + count, 0)).toBeLessThanOrEqual(mostIdsPerRow);
          const key = mergedRowKey(group, "abcdefgh-1");
          expect(
            group.every(({ rowKey }) => rowKey < key),
            "behind all its rows",
          ).toBe(true);
          expect(key.slice(0, 31), "found from the newest time on").toBe(ledgerKey(Math.max(...times)).slice(0, 31));
        }
      }),
    );
  });

  it("leaves large rows alone, however many", () => {
    const rows = Array.from({ length: 50 }, (_, index) => row(0, index, mostIdsPerRow / 4 + 1));
    expect(planCompaction(rows, 0).merges).toEqual([]);
  });

  it("comes to rest: rows come down to few, and then nothing is left to merge", () => {
    let rows = Array.from({ length: 1_000 }, (_, index) => row(index % 5, index, 3));
    for (let round = 0; round < 10; round += 1) {
      const { merges } = planCompaction(rows, 0);
      const gone = new Set(merges.flat());
      const came = merges.map((group) => ({
        rowKey: mergedRowKey(group, `${9 - round}-unique`),
        filedTo: Math.max(...group.map(({ filedTo }) => filedTo)),
        count: group.reduce((ids, { count }) => ids + count, 0),
      }));
      for (const [index, group] of merges.entries()) {
        const key = String(came[index]?.rowKey);
        expect(
          group.every(({ rowKey }) => rowKey < key),
          "behind all its rows, merged ones too",
        ).toBe(true);
      }
      rows = [...rows.filter((one) => !gone.has(one)), ...came];
    }
    expect(planCompaction(rows, 0).merges).toEqual([]);
    expect(rows.length).toBeLessThan(16);
    expect(rows.reduce((ids, { count }) => ids + count, 0)).toBe(3_000);
  });
});

function ledgerKey(filedTo: number, number = 0): string {
  const [first] = ledgerRows("p", { filedTo, ids: new Uint8Array(16) }, number, "save-id");
  return String(first?.rowKey);
}

function row(hours: number, number: number, count: number): LedgerRowSummary {
  const filedTo = noon + hours * hour;
  return { rowKey: ledgerKey(filedTo, number), filedTo, count };
}

const anyRows = fc
  .array(fc.record({ hours: fc.integer({ min: 0, max: 20 }), count: fc.oneof(fc.nat(50), fc.nat(mostIdsPerRow)) }), {
    maxLength: 400,
    size: "max",
  })
  .map((all) => all.map(({ hours, count }, index) => row(hours, index, count)));
