// The package of this version and of the one before it, built from the project's own history.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What was published before: the first version, without webhook, notifications and the operator's tool. */
const FORMER = "3eb440b";

export interface Packages extends AsyncDisposable {
  /** Folders with package.json, host.json and dist/. */
  readonly present: string;
  readonly former: string;
}

/** Whether the history goes back far enough: a shallow clone has only the last version. */
export async function historyIsHere(): Promise<boolean> {
  try {
    await run("git", ["cat-file", "-e", `${FORMER}^{commit}`], { cwd: ROOT });
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false;
  }
}

export async function buildPackages(): Promise<Packages> {
  const folder = await mkdtemp(join(tmpdir(), "drill-"));
  const [present, former] = [join(folder, "present"), join(folder, "former")];
  await Promise.all([build("HEAD", present), build(FORMER, former)]);
  return { present, former, [Symbol.asyncDispose]: async () => rm(folder, { recursive: true }) };
}

/** HEAD stands for the files as they are now. */
async function build(version: string, folder: string): Promise<void> {
  await mkdir(folder);
  const source = version === "HEAD" ? ["-cf", "-", "src", "scripts", "host.json", "package.json"] : undefined;
  const archive =
    source === undefined ? `git archive ${version} src scripts host.json package.json` : `tar ${source.join(" ")}`;
  await run("bash", ["-c", `set -o pipefail; ${archive} | tar -x -C '${folder}'`], { cwd: ROOT });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await run(process.execPath, ["scripts/build.ts"], { cwd: folder });
}
