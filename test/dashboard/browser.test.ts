// The dashboard of a real bridge in a real browser: what stands on the page, by keyboard, in light and dark, with hostile
// records, and when its data cannot be read any more.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../dev/chromium.ts";
import { startDashboard, type RunningDashboard } from "../../dev/demo/running-dashboard.ts";
import { HUB, startBridge, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, DOORS, ROOMS } from "../integration/two-feeds.ts";
import { startRecorder } from "../secrets/recorder.ts";

const both = { name: "both", key: "bm90IGEgc2VjcmV0IGJ1dCBhIGtleQ==", rights: ["Send", "Listen"] } as const;
const HOSTILE = `"><img src=x onerror="window.hostile=1"><script>window.hostile=1</script>`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
let bridge: BridgeUnderTest;
let dashboard: RunningDashboard;
let page: Page;
/** The dashboard's own way to the storage, which can be cut. */
const wire = startRecorder();
/** What the browser was sent, for the search for secrets. */
const answers: string[] = [];
/** Requests that leave for anywhere else, and whatever the browser complains about. */
const strays: string[] = [];

beforeAll(async () => {
  bridge = await startBridge({
    feeds: () => [ROOMS, DOORS],
    hubs: { keys: [both], hubs: [{ name: HUB, partitionCount: 2 }] },
  });
  addRecords(bridge, ROOMS.recType, [100, 30]);
  addRecords(bridge, DOORS.recType, [50]);
  await bridge.run();
  bridge.nextHour();
  addRecords(bridge, ROOMS.recType, [20, 10, 5]);
  const data = { note: "x".repeat(1_500_000) };
  bridge.microshare.add({ recType: ROOMS.recType, id: HOSTILE, time: bridge.clock.now - 15 * 60_000, data });
  const rule = bridge.microshare.faults.fail({ status: 403 }, { path: DOORS.recType });
  await bridge.run();
  rule.clear();

  const storage = await wire.tapStorage(bridge.settings["AzureWebJobsStorage"] ?? "");
  const time = { now: () => bridge.clock.now };
  dashboard = await startDashboard({ ...bridge.settings, AzureWebJobsStorage: storage }, { everySeconds: 1, time });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(15_000);
  page.on("request", (request) => {
    if (!request.url().startsWith(dashboard.url)) strays.push(request.url());
  });
  page.on("pageerror", (error) => strays.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("503")) strays.push(message.text());
  });
  page.on("response", (response) => {
    if (response.url().endsWith("data.json"))
      response.text().then(
        (text) => answers.push(text),
        () => undefined,
      );
  });
  await page.goto(dashboard.url);
  await page.getByText("The data is up to date").waitFor();
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.close();
  bridge.recorder.heard("printed", "bridge dashboard", answers);
  bridge.closeWith(wire);
  await bridge[Symbol.asyncDispose]();
});

/** Rows of a table as texts of their cells. */
async function rowsOf(selector: string): Promise<readonly (readonly string[])[]> {
  return page
    .locator(`${selector} tbody tr`)
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

describe("the dashboard in a browser", () => {
  it("shows the routes with verdict, watermark, lag and the last error with its fix", async () => {
    const [rooms, doors] = await page.getByRole("article").allInnerTexts();
    expect(rooms).toMatch(
      /^rooms@event-hub\s+healthy caught up\s+Watermark\n2025-03-04 08:59Z\n[^]*Delivered in 24 h\n5\n/,
    );
    expect(rooms).toContain("Dead letters\n1");
    expect(doors).toMatch(/^doors@event-hub\s+failing [^]*Fix: [^]*Last error: ACCESS_DENIED\s+2025-03-04 09:00:00Z: /);
    expect(await page.title()).toBe("(1) Bridge dashboard");
  });

  it("draws the runs and their lateness, each with a table of the same numbers", async () => {
    const cell = (row: readonly string[]) => row.slice(0, 4);
    expect((await rowsOf("#runs-table")).map(cell)).toEqual([
      ["2025-03-04 09:00:00Z", "caught-up", "3", "2"],
      ["2025-03-04 08:00:00Z", "caught-up", "2", "0"],
    ]);
    expect(await rowsOf("#lateness-table")).toHaveLength(2);
    const chart = page.getByRole("img", { name: "Chart of the last 2 runs of rooms@event-hub: 5 records delivered" });
    expect(await paintedPixels("#runs-chart")).toBeGreaterThan(500);
    expect(await chart.count()).toBe(1);

    await page.getByLabel("Route of the charts").selectOption("doors@event-hub");
    const [failed = [], good = []] = await rowsOf("#runs-table");
    expect([failed[1], good.slice(1, 3)]).toEqual(["blocked", ["caught-up", "1"]]);
    expect(failed.at(-1)).toContain("ACCESS_DENIED");
    await page.getByLabel("Route of the charts").selectOption("rooms@event-hub");
  });

  it("shows what a hostile record brings as the text that it is", async () => {
    const [[, route, key, recType, bytes, reason] = []] = await rowsOf("#letter-table");
    expect([route, key, recType]).toEqual(["rooms@event-hub", HOSTILE, ROOMS.recType]);
    expect(Number(bytes)).toBeGreaterThan(1_500_000);
    expect(reason).not.toBe("");
    expect(await page.evaluate(() => Reflect.get(window, "hostile"))).toBeUndefined();
    expect(await page.locator("main img, main script, main iframe").count()).toBe(0);
  });

  it("lists the events of a run as they come, and what the partitions got", async () => {
    await page.getByText("Following: what comes from now on").waitFor();
    bridge.nextHour();
    const id = `${HOSTILE}small`;
    bridge.microshare.add({ recType: ROOMS.recType, id, time: bridge.clock.now - 20 * 60_000 });
    const [door = ""] = addRecords(bridge, DOORS.recType, [10]);
    await bridge.run();
    await page.locator("#live-rows tr").filter({ hasText: door }).waitFor();
    await page.locator("#live-rows tr").filter({ hasText: "small" }).waitFor();
    const rows = await rowsOf(".scroll:has(#live-rows)");
    expect(rows.map(([, feed, , key]) => [feed, key])).toEqual(
      expect.arrayContaining([
        ["doors", door],
        ["rooms", id],
      ]),
    );
    await page.getByText("2 routes, all good").waitFor();
    // The partitions may have been asked a moment before the run ended.
    const sums = async () => {
      const partitions = await rowsOf("#partition-tables");
      const sum = (column: number) => partitions.reduce((total, row) => total + Number(row[column]), 0);
      return { last: sum(1), added: sum(2) };
    };
    const last = bridge.hubs.events(HUB).length - 2;
    await expect.poll(sums, { timeout: 10_000 }).toEqual({ last, added: rows.length });
    expect(await page.evaluate(() => Reflect.get(window, "hostile"))).toBeUndefined();

    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused.").waitFor();
  });

  it("lets the keyboard alone reach and use everything, with the focus in sight", async () => {
    // Anew, so that the first element is the next one.
    await page.reload();
    await page.getByText("The data is up to date").waitFor();
    await page.getByText("Following: what comes").waitFor();
    const wanted = await page.evaluate(() =>
      [...document.querySelectorAll("a[href], button, select, summary, [tabindex='0']")]
        .filter((one) => one.checkVisibility())
        .map((one, index) => {
          one.setAttribute("data-place", String(index));
          return String(index);
        }),
    );
    const reached: string[] = [];
    for (const _ of wanted) {
      await page.keyboard.press("Tab");
      const [place, outline] = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
        return [document.activeElement?.getAttribute("data-place") ?? "nothing", `${outlineStyle} ${outlineWidth}`];
      });
      reached.push(place);
      expect(outline).toBe("solid 3px");
    }
    expect(reached).toEqual(wanted);

    await page.getByText("Runs as a table").focus();
    await page.keyboard.press("Enter");
    expect(await page.getByRole("table", { name: "Runs of rooms@event-hub" }).isVisible()).toBe(true);
    await page.getByLabel("Colours").focus();
    await page.keyboard.press("d");
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
  });

  it("has nothing that axe finds fault with, in light and in dark, as the system says", async () => {
    await page.getByLabel("Colours").selectOption("system");
    await page.evaluate(() => {
      for (const one of document.querySelectorAll("details")) one.open = true;
    });
    await page.evaluate(axe);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
      const found: unknown = await page.evaluate(async () => {
        const { violations } = await Reflect.get(window, "axe").run();
        return violations.map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => [
          id,
          nodes.map(({ html }) => html),
        ]);
      });
      expect(found).toEqual([]);
    }
  });

  it("says that its data is old when no answer comes, and that it is up to date again when one does", async () => {
    const other = await browser.newPage();
    await other.clock.install();
    await other.goto(dashboard.url);
    await other.getByText("The data is up to date").waitFor();
    const held = Promise.withResolvers<void>();
    const asked = other.waitForRequest("**/data.json");
    await other.route("**/data.json", async (route) => {
      await held.promise;
      await route.continue();
    });
    await other.getByRole("button", { name: "Refresh now" }).click();
    await asked;
    await other.clock.fastForward(5_000);
    await other.getByText("No answer for more than 3 s. What is shown is old: the state of 2025-03-04 10:00").waitFor();
    expect(await other.locator("#freshness").getAttribute("data-kind")).toBe("old");
    held.resolve();
    await other.getByText("The data is up to date").waitFor();
    await other.close();
  });

  it("asks nothing of any other server, and breaks no rule of its own", () => {
    expect(strays).toEqual([]);
  });

  it("says so when the storage goes away, with the fix, and that what it shows is old", async () => {
    wire.close();
    const freshness = page.locator("#freshness[data-kind=failed]");
    await freshness.waitFor();
    expect(await freshness.innerText()).toMatch(
      /^The data cannot be read: STATE_UNAVAILABLE: .* Fix: .* What is shown is old: the state of 2025-03-04 10:00:00Z\.$/,
    );
    expect(await page.getByRole("article").count()).toBe(2);
  });

  it("ends at Ctrl-C, having told of nothing unexpected, and the page says that it is gone", async () => {
    expect(await dashboard.close()).toEqual({ exitCode: 0, stderr: "" });
    await page.getByText("The dashboard's program does not answer. Fix: start bridge dashboard again").waitFor();
  });
});

/** Pixels of a chart that are not see-through. */
async function paintedPixels(selector: string): Promise<number> {
  return page.locator(`${selector} canvas`).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no canvas");
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return Array.from(data).filter((value, index) => index % 4 === 3 && value > 0).length;
  });
}
