// npm run screenshots: makes the pictures of the dashboard in docs/images/, of the demo in a headless Chromium.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath } from "../dev/chromium.ts";
import { startLiveDemo } from "../dev/demo/dashboard-demo.ts";

const FOLDER = fileURLToPath(new URL("../docs/images/", import.meta.url));
const SEED = 7;
const HOURS = 14;

await mkdir(FOLDER, { recursive: true });
const demo = await startLiveDemo(SEED, 1);
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 930 } });
  await page.goto(demo.url);
  await page.getByText("Following").waitFor();
  for (let hour = 0; hour < HOURS; hour += 1) {
    await demo.hour();
    // Two looks at the partitions, so that there is something between them.
    if (hour === HOURS - 2) await refreshed();
  }
  await refreshed();
  await page.getByText("1 record was not taken").waitFor();
  // A feed of snapshots: each comes late by nature.
  await page.getByLabel("Route of the charts").selectOption("rooms@event-hub");
  for (const colours of ["light", "dark"]) {
    await page.getByLabel("Colours").selectOption(colours);
    const path = `${FOLDER}dashboard-${colours}.png`;
    await page.screenshot({ path });
    process.stdout.write(`${path}\n`);
  }

  async function refreshed(): Promise<void> {
    const answered = page.waitForResponse((response) => response.url().endsWith("data.json"));
    await page.getByRole("button", { name: "Refresh now" }).click();
    await answered;
  }
} finally {
  await browser.close();
  await demo.close();
}
