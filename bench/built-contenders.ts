// The contenders as plain JavaScript: what Node needs to take the types out of TypeScript would count as their memory.
import { readdirSync } from "node:fs";
import { build } from "esbuild";
import { ROOT } from "../scripts/bundle.ts";

/** Writes them into a folder below this project, where they find its packages. Resolves with the folder. */
export async function buildContenders(): Promise<URL> {
  const folder = `${ROOT}bench/contenders/`;
  const files = readdirSync(folder).filter((name) => !name.startsWith("webhook-"));
  const outdir = `${ROOT}bench/built`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: files.map((name) => `${folder}${name}`),
    outdir,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node22",
    logLevel: "warning",
  });
  return new URL(`file://${outdir}/`);
}
