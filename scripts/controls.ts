// npm run controls: breaks each promise in a copy of the source and sees that its check notices. `--only TEXT` picks some.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BROKEN_EXIT_CODE } from "../dev/chaos/verdict.ts";
import { controls, type Control } from "./control-list.ts";
import { privacyControls } from "./control-list-privacy.ts";
import { shippingControls } from "./control-list-shipping.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const COPIED = ["src", "dev", "test", "scripts", "docs", "infra"];
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

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const chosen = [...controls, ...shippingControls, ...privacyControls].filter(({ name }) => name.includes(values.only));
const copy = mkdtempSync(join(tmpdir(), "bridge-controls-"));
let unnoticed = 0;
try {
  for (const path of [...COPIED, ...COPIED_FILES]) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const control of chosen) {
    const noticed = isNoticed(control);
    if (!noticed) unnoticed += 1;
    process.stdout.write(`${noticed ? "noticed    " : "NOT NOTICED"}  ${control.name.padEnd(40)} ${control.promise}\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length - unnoticed} of ${chosen.length} controls noticed\n`);
if (unnoticed > 0 || chosen.length === 0) process.exitCode = 1;

function isNoticed({ edits, check, name }: Control): boolean {
  const originals = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), "utf8")]));
  try {
    for (const { file, find, replace } of edits) {
      const source = readFileSync(join(copy, file), "utf8");
      if (source.split(find).length !== 2)
        throw new Error(`control "${name}": its text does not stand once in ${file}`);
      writeFileSync(
        join(copy, file),
        source.replace(find, () => replace),
      );
    }
    return notices(check);
  } finally {
    for (const [file, source] of originals) writeFileSync(join(copy, file), source);
  }
}

/** A chaos run must have found a broken promise: one that does not count has noticed nothing. */
function notices(check: Control["check"]): boolean {
  const status = run(check);
  return check === "chaos" ? status === BROKEN_EXIT_CODE : status !== 0;
}

function run(check: Control["check"]): number | null {
  return spawnSync(process.execPath, argumentsOf(check), { cwd: copy, stdio: "ignore", timeout: 300_000 }).status;
}

function argumentsOf(check: Control["check"]): string[] {
  if (check === "simulate") return ["scripts/simulate.ts", "--seeds", String(SEEDS)];
  if (check === "chaos") return ["scripts/chaos.ts", "--kills", String(KILLS)];
  return ["node_modules/vitest/vitest.mjs", "run", "--bail=1", ...check];
}
