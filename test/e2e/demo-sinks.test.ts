import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { demoSinkNames, missingHere } from "../../dev/demo/sinks/start.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const demo = (...options: readonly string[]) =>
  run(process.execPath, ["dev/demo.ts", ...options], { cwd: root, maxBuffer: 4 * 1024 * 1024 });

interface Printed {
  readonly holds: boolean;
  readonly sinks: readonly Readonly<Record<string, unknown>>[];
  readonly leftOut: readonly string[];
}

describe("the demo with all sinks", () => {
  it("delivers everything to each once and in order, each down for an hour that holds up no other", async () => {
    const { stdout } = await demo("--sink", "all", "--json");
    const { holds, sinks, leftOut }: Printed = JSON.parse(stdout);
    expect(sinks.map(({ sink }) => sink)).toEqual(demoSinkNames.filter((name) => !missingHere.has(name)));
    expect(leftOut).toEqual([...missingHere.values()]);
    for (const proof of sinks) {
      const clean = { missing: 0, unexpected: 0, repeated: 0, outOfOrder: 0, blockedRuns: 1, heldUp: 0, holds: true };
      expect(proof).toMatchObject({ ...clean, delivered: proof["produced"] });
      expect(Number(proof["produced"])).toBeGreaterThan(300);
    }
    expect(holds).toBe(true);
  }, 180_000);

  it("says which sinks there are when it is asked for another, and fails", async () => {
    await expect(demo("--sink", "hubs")).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining('no sink "hubs". Give --sink all, or one of: event-hub, event-hubs-per-type'),
    });
  }, 60_000);
});
