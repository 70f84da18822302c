// The dashboard as it is in the container: from the bundle, with nothing of the project beside it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bundleCommandLine } from "../../scripts/bundle.ts";
import { CHART_FILES, OWN_FILES } from "../../src/cli/dashboard/page-files.ts";

const folder = mkdtempSync(join(tmpdir(), "bridge-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Complete, and leading nowhere: nothing is asked before the page asks. */
const SETTINGS = {
  MICROSHARE_USERNAME: "bridge@example.com",
  MICROSHARE_PASSWORD: "not a real password",
  MICROSHARE_API_KEY: "not-a-real-key",
  EVENT_HUB_CONNECTION_STRING:
    "Endpoint=sb://example.servicebus.windows.net/;SharedAccessKeyName=bridge;SharedAccessKey=bm90IGEga2V5;EntityPath=hub",
  AzureWebJobsStorage: "UseDevelopmentStorage=true",
  FEED_REC_TYPE: "io.example.rooms",
};

it("has its page and the chart library with it, and names the library's licence", async () => {
  const { inputs } = await bundleCommandLine(join(folder, "dist/cli"));
  expect(inputs).toContain("node_modules/uplot/dist/uPlot.esm.js");
  const child = spawn(process.execPath, [join(folder, "dist/cli/bridge.js"), "dashboard", "--json"], {
    env: SETTINGS,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  try {
    const [line] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), ended]);
    const { url } = JSON.parse(String(line));
    for (const name of ["", ...OWN_FILES, ...Object.keys(CHART_FILES)]) {
      const { status } = await fetch(`${url}${name}`);
      expect({ name, status }).toEqual({ name, status: 200 });
    }
  } finally {
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  }
});
