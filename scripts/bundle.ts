// Bundles the app into dist/: ES modules, one file to register the functions, and what is loaded on demand in files of its own.
import { cp, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { CHART_FILES, OWN_FILES } from "../src/cli/dashboard/page-files.ts";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Bundle {
  /** Written, source maps not counted. */
  readonly bytes: number;
  /** What went in: paths relative to the project. */
  readonly inputs: readonly string[];
}

/**
 * Writes dist/main.js, what it loads later, and their chunks. They are built apart, so that the host reads a single file
 * before the functions are registered; what both contain exists twice, and must not be compared by identity.
 */
export async function bundle(outdir = `${ROOT}dist`): Promise<Bundle> {
  await rm(outdir, { recursive: true, force: true });
  const later = new Map<string, string>();
  const entry = await build({
    ...OPTIONS,
    entryPoints: ["src/main.ts"],
    outdir,
    plugins: [loadedLater(later), builtinsByRequire],
  });
  const rest = await build({
    ...OPTIONS,
    entryPoints: Object.fromEntries(later),
    outdir,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    plugins: [builtinsByRequire],
  });
  const metafiles = [entry.metafile, rest.metafile];
  const inputs = new Set(metafiles.flatMap((one) => Object.keys(one.inputs)).filter((path) => !isBuiltin(path)));
  return { bytes: metafiles.reduce((sum, one) => sum + bytesOf(one), 0), inputs: [...inputs] };
}

/** Writes bridge.js, which is the command line, its chunks, and beside them the files of its page. */
export async function bundleCommandLine(outdir: string): Promise<Bundle> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: ["src/cli/bridge.ts"],
    outdir,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  const charts = await copyPage(outdir);
  return { bytes: bytesOf(metafile), inputs: [...Object.keys(metafile.inputs), ...charts] };
}

/** Puts the files of the dashboard beside the bundle. Resolves with those that are from packages. */
export async function copyPage(outdir: string): Promise<readonly string[]> {
  const charts = Object.entries(CHART_FILES).map(([name, path]) => [name, `node_modules/${path}`] as const);
  const own = OWN_FILES.map((name) => [name, `src/cli/dashboard/page/${name}`] as const);
  for (const [name, path] of [...own, ...charts]) await cp(`${ROOT}${path}`, `${outdir}/page/${name}`);
  return charts.map(([, path]) => path);
}

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
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
  // CommonJS dependencies ask for Node's own modules through `require`.
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Leaves out what is asked for by `await import`, and notes it: name of the file in dist/, and source. */
function loadedLater(found: Map<string, string>): Plugin {
  return {
    name: "loaded later",
    setup(builder) {
      builder.onResolve({ filter: /^\.{1,2}\// }, ({ path, kind, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined;
        const name = basename(path, ".ts");
        found.set(name, resolve(resolveDir, path));
        return { path: `./${name}.js`, external: true };
      });
    },
  };
}

const BUILTIN = "builtin";

/**
 * Node's own modules are asked for by `require` also where the source has `import`. An import takes every export at once,
 * and so loads what Node keeps for the first use: the WebSocket behind `node:http` alone costs more than all of ours.
 */
const builtinsByRequire: Plugin = {
  name: "builtins by require",
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^(?:node:)?(?:${builtinModules.join("|")})$`) }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: BUILTIN } : undefined,
    );
    builder.onLoad({ filter: /./, namespace: BUILTIN }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

function isBuiltin(input: string): boolean {
  return input.startsWith(`${BUILTIN}:`);
}

function bytesOf({ outputs }: Metafile): number {
  return Object.entries(outputs)
    .filter(([path]) => path.endsWith(".js"))
    .reduce((sum, [, output]) => sum + output.bytes, 0);
}
