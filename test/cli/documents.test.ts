import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cliDocument, DOCUMENT, pathOf } from "../../scripts/cli-docs.ts";
import { createProgram, leavesOf } from "../../src/cli/program.ts";
import { type } from "./terminal.ts";

it("docs/cli.md is what the commands say of themselves: after a change run npm run cli:docs", () => {
  expect(readFileSync(fileURLToPath(new URL(`../../${DOCUMENT}`, import.meta.url)), "utf8")).toBe(cliDocument());
});

it("every command has a help of its own, with --json and --settings", async () => {
  const leaves = leavesOf(createProgram(() => async () => {}));
  for (const leaf of leaves) {
    const [, ...words] = pathOf(leaf).split(" ");
    const { exitCode, stdout, stderr } = await type([...words, "--help"]);
    expect({ words, exitCode, stderr }).toEqual({ words, exitCode: 0, stderr: "" });
    expect(stdout).toContain("--json");
    expect(stdout).toContain("--settings <file>");
  }
});
