import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the demo", () => {
  it("delivers what was produced, once and in order, through an hour without the API", async () => {
    const { stdout } = await run(process.execPath, ["dev/demo.ts", "--json", "--hours", "5"], { cwd: root });
    const proof = JSON.parse(stdout) as Record<string, number | boolean>;
    expect(proof).toMatchObject({ holds: true, missing: 0, unexpected: 0, repeated: 0, outOfOrder: 0 });
    expect(proof["delivered"]).toBe(proof["produced"]);
    expect(proof["produced"]).toBeGreaterThan(2000);
  }, 60_000);
});
