// The files of the page: from the source, or beside the bundle. Read once; nothing else of the disk is ever served.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The page's own files: what is not named here does not exist. */
export const OWN_FILES = [
  "index.html",
  "icon.svg",
  "page.css",
  "main.js",
  "charts.js",
  "dom.js",
  "letters.js",
  "live.js",
  "partitions.js",
  "routes.js",
  "runs.js",
  "texts.js",
  "theme.js",
] as const;

/** The chart library: the name that it is served under, and where it is in its package. */
export const CHART_FILES = {
  "uPlot.mjs": "uplot/dist/uPlot.esm.js",
  "uPlot.css": "uplot/dist/uPlot.min.css",
} as const;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  svg: "image/svg+xml",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
};

/** By name. Fails only when the installation lacks one of them. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = pageFolder();
  const { resolve } = createRequire(import.meta.url);
  const own = OWN_FILES.map((name) => [name, `${folder}/${name}`] as const);
  const charts = Object.entries(CHART_FILES).map(([name, path]) => {
    const beside = `${folder}/${name}`;
    return [name, existsSync(beside) ? beside : resolve(path)] as const;
  });
  const files = [...own, ...charts].map(async ([name, path]): Promise<[string, PageFile]> => {
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    return [name, { type, bytes: await readFile(path) }];
  });
  return new Map(await Promise.all(files));
}

/** The bundle lies in the folder above, when this is in one of its chunks. */
function pageFolder(): string {
  const places = ["./page", "../page"].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`The files of the page are missing: ${places.join(", ")}`);
  return found;
}
