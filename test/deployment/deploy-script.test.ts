import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../deploy/functions/deploy.sh", import.meta.url));

/** An `az` that keeps what it was asked, and says of the app what the package that it took is called for. */
const AZ = `#!/usr/bin/env bash
echo "$*" >> "$ASKED"
case "$*" in
  *config-zip*)
    while [[ $1 != --src ]]; do shift; done
    basename "$2" > "$ASKED.package"
    [[ $2 != *refused* ]] ;;
  *"functionapp show"*) if grep -q stopped "$ASKED.package"; then echo Stopped; else echo Running; fi ;;
  *"function list"*) if grep -q empty "$ASKED.package"; then echo; else echo app/forward; fi ;;
esac
`;

interface Ended {
  readonly code: number;
  readonly output: string;
  /** The packages that were published, in order. */
  readonly published: readonly string[];
}

describe("the deployment script", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "deploy-"));
    await writeFile(join(folder, "az"), AZ);
    await chmod(join(folder, "az"), 0o755);
  });

  async function deploy(...packages: readonly string[]): Promise<Ended> {
    for (const name of packages) await writeFile(join(folder, name), name);
    return run("group", "app", ...packages.map((name) => join(folder, name)));
  }

  async function run(...words: readonly string[]): Promise<Ended> {
    const asked = join(folder, "asked");
    await writeFile(asked, "");
    const env = {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      ASKED: asked,
      SMOKE_TEST_SECONDS: "0",
      SMOKE_TEST_PAUSE: "0",
    };
    const { code, output } = await new Promise<Pick<Ended, "code" | "output">>((resolve) => {
      execFile("bash", [script, ...words], { env }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
      });
    });
    const published = [...(await readFile(asked, "utf8")).matchAll(/--src \S*?([^/\s]+) /g)].map(
      ([, name = ""]) => name,
    );
    return { code, output, published };
  }

  it("publishes a package that works, and leaves it there", async () => {
    const { code, output, published } = await deploy("new.zip", "former.zip");
    expect({ code, published }).toEqual({ code: 0, published: ["new.zip"] });
    expect(output).toContain("app runs: it has these functions: app/forward");
  });

  it.each(["refused.zip", "stopped.zip", "empty.zip"])("puts the former one back after %s, and fails", async (name) => {
    const { code, output, published } = await deploy(name, "former.zip");
    expect({ code, published }).toEqual({ code: 1, published: [name, "former.zip"] });
    expect(output).toContain(`runs ${join(folder, "former.zip")} again`);
  });

  it("says so when there is no former one", async () => {
    const { code, output, published } = await deploy("empty.zip");
    expect({ code, published }).toEqual({ code: 1, published: ["empty.zip"] });
    expect(output).toContain("there is no former package to put back");
  });

  it("publishes nothing when it is called wrongly", async () => {
    const missing = await run("group", "app", join(folder, "none.zip"));
    expect({ code: missing.code, published: missing.published }).toEqual({ code: 2, published: [] });
    expect(missing.output).toContain("is not there or empty");
    expect((await run("group")).code).toBe(2);
  });
});
