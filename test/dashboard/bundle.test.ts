// The files of the dashboard as they lie beside a bundle, with nothing of the project near them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, expect, it } from "vitest";
import { copyPage, ROOT } from "../../scripts/bundle.ts";
import { CHART_FILES, OWN_FILES, readPageFiles } from "../../src/cli/dashboard/page-files.ts";

const folder = mkdtempSync(join(tmpdir(), "bridge-page-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(["", "chunks/"])("are found from %s in the bundle, the chart library among them", async (place) => {
  expect(await copyPage(folder)).toContain("node_modules/uplot/dist/uPlot.esm.js");
  const outfile = join(folder, `${place}page-files.mjs`);
  const source = `${ROOT}src/cli/dashboard/page-files.ts`;
  await build({ entryPoints: [source], outfile, bundle: true, format: "esm", platform: "node" });
  const bundled: { readPageFiles: typeof readPageFiles } = await import(outfile);
  const files = await bundled.readPageFiles();
  expect([...files.keys()]).toEqual([...OWN_FILES, ...Object.keys(CHART_FILES)]);
  expect(files).toEqual(await readPageFiles());
});
