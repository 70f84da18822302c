import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BIN, spawnBridge } from "./terminal.ts";

/** Makes a Node believe that it is another one. */
const pretend = (version: string): readonly string[] => [
  "--import",
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`,
];

/** Nodes of the system that are too old to run the program themselves. */
const oldNodes = ["/usr/local/bin/node", "/usr/bin/node", "/bin/node"].filter(
  (path) =>
    existsSync(path) && Number(/v(\d+)/.exec(execFileSync(path, ["--version"], { encoding: "utf8" }))?.[1]) < 24,
);

describe("bin/bridge.mjs", () => {
  it("lists its commands and ends with 0", async () => {
    const { exitCode, stdout, stderr } = await spawnBridge(["--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Usage: bridge");
    expect(stdout).toContain("status");
  });

  it("does the same on a Node that says it is 20, by starting the pinned one", async () => {
    const { exitCode, stdout, stderr } = await spawnBridge(["--help"], { nodeArgs: pretend("20.1.0") });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Usage: bridge");
  });

  it("does the same on every Node of this system that really is too old", async () => {
    for (const node of oldNodes) {
      const { exitCode, stdout } = await spawnBridge(["--help"], { node });
      expect({ node, exitCode }).toEqual({ node, exitCode: 0 });
      expect(stdout).toContain("Usage: bridge");
    }
  });

  it("hands the exit code of the pinned Node on", async () => {
    const { exitCode, stderr } = await spawnBridge(["no-such-command"], { nodeArgs: pretend("18.0.0") });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("unknown command");
  });

  it("says what to do instead of starting itself for ever when the pinned Node is too old as well", async () => {
    const { exitCode, stderr } = await spawnBridge(["--help"], {
      nodeArgs: pretend("20.1.0"),
      environment: { BRIDGE_STARTED_AGAIN: "1" },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("needs Node 24 or later, and this is 20.1.0");
    expect(stderr).toContain("npm ci");
  });

  it("ends quietly when nobody reads on", () => {
    const script = `"${process.execPath}" "${BIN}" --help; echo "ended with $?" >&2`;
    const { stdout, stderr } = spawnSync("bash", ["-c", `(${script}) | true`], { encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "ended with 0\n" });
  });
});
