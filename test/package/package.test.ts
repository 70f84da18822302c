import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPromise } from "yauzl";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

interface Loaded {
  functions: { name: string; bindings: Record<string, { type: string; schedule?: string }> }[];
  touched: string[];
  resources: string[];
  environmentChanged: boolean;
}

beforeAll(async () => {
  await run(process.execPath, [join(root, "scripts/package.ts")], { cwd: root });
  folder = await mkdtemp(join(tmpdir(), "bridge-package-"));
  await unzip(join(root, "package/app.zip"), folder);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the package", () => {
  it("registers every function and does nothing else when the worker loads it", async () => {
    const loaded = await load({});
    expect(loaded.functions.map(({ name }) => name)).toEqual(["forward"]);
    const [forward] = loaded.functions;
    expect(Object.values(forward?.bindings ?? {})).toEqual([
      expect.objectContaining({ type: "timerTrigger", schedule: "0 0 * * * *" }),
    ]);
    expect(loaded).toMatchObject({ touched: [], resources: [], environmentChanged: false });
  });

  it("takes the schedule from the settings", async () => {
    const loaded = await load({ POLL_SCHEDULE: "0 7 * * * *" });
    expect(Object.values(loaded.functions[0]?.bindings ?? {})[0]?.schedule).toBe("0 7 * * * *");
  });

  it("loads with settings that are all wrong, so that a run can say what is wrong with them", async () => {
    const loaded = await load({ POLL_SCHEDULE: "every hour", MICROSHARE_API_URL: "::", FEEDS: "{", LOG_LEVEL: "loud" });
    expect(loaded.functions).toHaveLength(1);
    expect(Object.values(loaded.functions[0]?.bindings ?? {})[0]?.schedule).toBe("0 0 * * * *");
  });

  it("needs no packages, no sources and no source maps", async () => {
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => /node_modules|\.ts$|\.map$|settings|\.env/.test(file))).toEqual([]);
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest).toMatchObject({ type: "module", main: "dist/main.js" });
    expect(manifest).not.toHaveProperty("dependencies");
    expect(JSON.parse(await readFile(join(folder, "host.json"), "utf8"))).toMatchObject({ version: "2.0" });
  });

  it("takes the licence of every package in it along, and the list of components names each", async () => {
    const notices = await readFile(join(folder, "THIRD-PARTY-NOTICES.txt"), "utf8");
    const named = [...notices.matchAll(/^-{80}\n(\S+)@(\S+) \(\S+\)\n-{80}$/gm)].map(
      ([, name, version]) => `${name}@${version}`,
    );
    expect(named).toEqual(
      expect.arrayContaining([expect.stringMatching(/^@azure\/event-hubs@/), expect.stringMatching(/^zod@/)]),
    );
    const sbom = JSON.parse(await readFile(join(root, "package/sbom.cdx.json"), "utf8")) as {
      components: { group?: string; name: string; version: string }[];
    };
    const listed = new Set(
      sbom.components.map(({ group, name, version }) => `${group === undefined ? "" : `${group}/`}${name}@${version}`),
    );
    expect(named.filter((one) => !listed.has(one))).toEqual([]);
  });

  it("is the same, byte for byte, when packed again, and small", async () => {
    const first = await readFile(join(root, "package/app.zip"));
    await run(process.execPath, [join(root, "scripts/package.ts")], { cwd: root });
    expect(first.equals(await readFile(join(root, "package/app.zip")))).toBe(true);
    expect((await stat(join(root, "package/app.zip"))).size).toBeLessThan(5 * 1024 * 1024);
  });
});

async function load(environment: Record<string, string>): Promise<Loaded> {
  const script = fileURLToPath(new URL("load-like-the-worker.mjs", import.meta.url));
  const { stdout } = await run(process.execPath, [script, folder], {
    env: { PATH: process.env["PATH"], ...environment },
  });
  return JSON.parse(stdout) as Loaded;
}

async function unzip(archive: string, into: string): Promise<void> {
  const zip = await openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    const target = join(into, entry.fileName);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
  }
  zip.close();
}
