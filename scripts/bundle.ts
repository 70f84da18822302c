// Bundles the app into dist/: ES modules, one entry, with what is loaded on demand in chunks of its own.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Bundle {
  /** Written, source maps not counted. */
  readonly bytes: number;
  /** What went in: paths relative to the project. */
  readonly inputs: readonly string[];
}

/** Writes dist/main.js and its chunks. */
export async function bundle(outdir = `${ROOT}dist`): Promise<Bundle> {
  await rm(outdir, { recursive: true, force: true });
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/main.ts"],
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node22",
    minify: true,
    // Class and function names show in error reports.
    keepNames: true,
    sourcemap: "external",
    legalComments: "external",
    metafile: true,
    // The first is given by the Functions worker at run time; there is no such package. The second is looked for by
    // `debug`, which does without: it is no dependency, and was in the bundle only where something else had installed it.
    external: ["@azure/functions-core", "supports-color"],
    // The Azure packages' CommonJS dependencies ask for Node's own modules through `require`.
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "warning",
  });
  const bytes = Object.entries(result.metafile.outputs)
    .filter(([path]) => path.endsWith(".js"))
    .reduce((sum, [, output]) => sum + output.bytes, 0);
  return { bytes, inputs: Object.keys(result.metafile.inputs) };
}
