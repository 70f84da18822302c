// Holds the runbook against the code: every error code has a row, every row a code, every command and setting is there.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProgram, leavesOf } from "../src/cli/program.ts";
import { settingNames } from "../src/config/settings-table.ts";
import { pathOf } from "../scripts/cli-docs.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");

const runbook = read("docs/runbook.md");
const rows = [...runbook.matchAll(/^\| `([A-Z_]+)`( .*)$/gm)].map(([, code = "", cells = ""]) => ({ code, cells }));
const codes = [...read("src/errors.ts").matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code = ""]) => code);

describe("the runbook", () => {
  it("has one row for every error code, and a code for every row", () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(rows.map(({ code }) => code).toSorted()).toEqual(codes.toSorted());
  });

  it("gives symptom, command, cause and repair in every row", () => {
    const short = rows.filter(({ cells }) => cells.split("|").filter((cell) => cell.trim() !== "").length !== 4);
    expect(short.map(({ code }) => code)).toEqual([]);
  });

  it("names only commands that the program has", () => {
    const known = leavesOf(createProgram(() => async () => {})).map(pathOf);
    const named = [...runbook.matchAll(/`(?:npx )?bridge ([^`]*)`/g)].map(([, words = ""]) => words);
    expect(named.length).toBeGreaterThan(10);
    const wrong = named.filter(
      (words) => words !== "..." && !known.some((path) => `bridge ${words} `.startsWith(`${path} `)),
    );
    expect(wrong).toEqual([]);
  });

  it("names only settings that there are", () => {
    const named = [...runbook.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)].map(([, name = ""]) => name);
    const known: readonly string[] = [...settingNames, ...codes];
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
  });
});
