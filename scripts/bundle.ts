// Bundles the app into dist/: ES modules, one entry, with what is loaded on demand in chunks of its own.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Writes dist/main.js and its chunks. Returns the bytes written, source maps not counted. */
export async function bundle(outdir = `${ROOT}dist`): Promise<number> {
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
    // Given by the Functions worker at run time; there is no such package.
    external: ["@azure/functions-core"],
    // The Azure packages' CommonJS dependencies ask for Node's own modules through `require`.
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "warning",
  });
  return Object.entries(result.metafile.outputs)
    .filter(([path]) => path.endsWith(".js"))
    .reduce((sum, [, output]) => sum + output.bytes, 0);
}
