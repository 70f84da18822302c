// A copy of the source in which promises are broken, one at a time, and their checks run.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BROKEN_EXIT_CODE } from "../dev/chaos/verdict.ts";
import type { Control } from "./control-list.ts";

/** What a check says; `broken` when it could not run to an end, which proves nothing. */
export interface Verdict {
  readonly kind: "passed" | "noticed" | "broken";
  readonly why: string;
}

export interface Workshop {
  /** Runs a check on the source as it is in the copy. */
  run(check: Control["check"]): Promise<Verdict>;
  /** Breaks the copy, runs the check, and mends the copy. Throws when the text to break does not stand exactly once. */
  breakAndCheck(control: Control): Promise<Verdict>;
  remove(): void;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const COPIED = ["src", "bin", "dev", "test", "scripts", "docs", "infra", "bench", "examples"];
const COPIED_FILES = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "vitest.config.ts",
  "host.json",
  "LICENSE",
  "SECURITY.md",
];
/** A break shows within the first dozens; the rest is for the rare ones. */
const SEEDS = 400;
const KILLS = 4;
const MOST_MS = 10 * 60_000;
const FC_SEED = "1";

export function openWorkshop(): Workshop {
  const copy = mkdtempSync(join(tmpdir(), "bridge-controls-"));
  for (const path of [...COPIED, ...COPIED_FILES]) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const run: Workshop["run"] = async (check) => verdictOf(check, await runIn(copy, check));
  return {
    run,
    async breakAndCheck({ edits, check, name }) {
      const originals = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), "utf8")]));
      try {
        for (const { file, find, replace } of edits) {
          const source = readFileSync(join(copy, file), "utf8");
          if (source.split(find).length !== 2)
            throw new Error(`control "${name}": its text does not stand once in ${file}`);
          const broken = source.replace(find, () => replace);
          writeFileSync(join(copy, file), broken);
        }
        return await run(check);
      } finally {
        for (const [file, source] of originals) writeFileSync(join(copy, file), source);
      }
    },
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}

interface Ended {
  /** `undefined` when it was ended from outside. */
  readonly exitCode: number | undefined;
  readonly text: string;
}

function runIn(folder: string, check: Control["check"]): Promise<Ended> {
  const options = {
    cwd: folder,
    // One seed for the property tests: a break that only some examples show is noticed every time, or never.
    env: { ...process.env, NO_COLOR: "1", FC_SEED },
    timeout: MOST_MS,
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argumentsOf(check), options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? undefined, text: `${stdout}\n${stderr}` }),
    );
  });
}

function argumentsOf(check: Control["check"]): string[] {
  if (check === "simulate") return ["scripts/simulate.ts", "--brief", "--seeds", String(SEEDS)];
  if (check === "chaos") return ["scripts/chaos.ts", "--kills", String(KILLS)];
  return ["node_modules/vitest/vitest.mjs", "run", "--bail=1", "--no-color", ...check];
}

function verdictOf(check: Control["check"], { exitCode, text }: Ended): Verdict {
  if (exitCode === 0) return { kind: "passed", why: "" };
  // A chaos run says by its exit code that a promise is broken: one that does not count has noticed nothing.
  if (check === "chaos" && exitCode === BROKEN_EXIT_CODE) return { kind: "noticed", why: "chaos: a promise is broken" };
  // Only a promise that does not hold counts: not a source that does not load, a bug that the break made, or no end.
  const [why] = /^(?:lost|repeated|refused|watermark|ledger|counts): .*$|^ *(?:FAIL|×) .* > .*$/mu.exec(text) ?? [];
  if (exitCode === undefined || why === undefined || check === "chaos")
    return { kind: "broken", why: text.trim().slice(-600) };
  return { kind: "noticed", why: why.trim().slice(0, 200) };
}
