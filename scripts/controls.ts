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
import { routeControls } from "./control-list-routes.ts";
import { shippingControls } from "./control-list-shipping.ts";
import { sinkControls } from "./control-list-sinks.ts";
import { telemetryControls } from "./control-list-telemetry.ts";

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
const MOST_MS = 10 * 60_000;
const WORDS = { passed: "NOT NOTICED", noticed: "noticed    ", broken: "BROKEN     " } as const;

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const all = [
  ...controls,
  ...shippingControls,
  ...privacyControls,
  ...sinkControls,
  ...routeControls,
  ...telemetryControls,
];
const chosen = all.filter(({ name }) => name.includes(values.only));
const copy = mkdtempSync(join(tmpdir(), "bridge-controls-"));
let unnoticed = 0;
try {
  for (const path of [...COPIED, ...COPIED_FILES]) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const [what, [{ check } = {}]] of Map.groupBy(chosen, (control) => String(control.check))) {
    const verdict = check && run(check);
    if (verdict?.kind !== "passed") throw new Error(`the source as it is fails already: ${what}\n${verdict?.why}`);
  }
  for (const control of chosen) {
    const verdict = breakAndCheck(control);
    if (verdict.kind !== "noticed") unnoticed += 1;
    const { name, promise } = control;
    process.stdout.write(`${WORDS[verdict.kind]}  ${name.padEnd(44)} ${promise}\n             ${verdict.why}\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length - unnoticed} of ${chosen.length} controls noticed\n`);
if (unnoticed > 0 || chosen.length === 0) process.exitCode = 1;

/** What a check says; `broken` when it could not run to an end, which proves nothing. */
interface Verdict {
  readonly kind: "passed" | "noticed" | "broken";
  readonly why: string;
}

function breakAndCheck({ edits, check, name }: Control): Verdict {
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
    return run(check);
  } finally {
    for (const [file, source] of originals) writeFileSync(join(copy, file), source);
  }
}

function run(check: Control["check"]): Verdict {
  const { status, stdout, stderr } = spawnSync(process.execPath, argumentsOf(check), {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    timeout: MOST_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return { kind: "passed", why: "" };
  const text = `${stdout}\n${stderr}`;
  // A chaos run says by its exit code that a promise is broken: one that does not count has noticed nothing.
  if (check === "chaos" && status === BROKEN_EXIT_CODE) return { kind: "noticed", why: "chaos: a promise is broken" };
  // Only a promise that does not hold counts: not a source that does not load, a bug that the break made, or no end.
  const [why] = /^(?:lost|repeated|refused|watermark|ledger|counts): .*$|^ *(?:FAIL|×) .* > .*$/mu.exec(text) ?? [];
  if (status === null || why === undefined || check === "chaos")
    return { kind: "broken", why: text.trim().slice(-600) };
  return { kind: "noticed", why: why.trim().slice(0, 200) };
}

function argumentsOf(check: Control["check"]): string[] {
  if (check === "simulate") return ["scripts/simulate.ts", "--brief", "--seeds", String(SEEDS)];
  if (check === "chaos") return ["scripts/chaos.ts", "--kills", String(KILLS)];
  return ["node_modules/vitest/vitest.mjs", "run", "--bail=1", "--no-color", ...check];
}
