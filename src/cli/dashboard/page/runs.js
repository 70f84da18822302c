// The runs of one route over time, and how late its records came: two charts, each with a table of the same numbers.
import { createChart } from "./charts.js";
import { byId, drawIfChanged, element, selectById, tableOf } from "./dom.js";
import { countText, spanText, timeText } from "./texts.js";

/**
 * @typedef {import("../../../operations/overview.ts").RouteDetails} RouteDetails
 * @typedef {RouteDetails["runs"][number]} Run
 */

/** For the charts: more than a week at the usual schedule is too much to tell apart. */
const MOST_BARS = 72;

const runsChart = createChart(
  byId("runs-chart"),
  [
    { label: "delivered", colour: "--delivered", kind: "bars" },
    { label: "known already", colour: "--known", kind: "line", dash: [6, 4] },
    { label: "late", colour: "--late", kind: "line" },
    { label: "failed", colour: "--bad", kind: "marks" },
  ],
  "records",
);
const latenessChart = createChart(
  byId("lateness-chart"),
  [
    { label: "latest record", colour: "--late", kind: "bars" },
    { label: "lag behind now", colour: "--known", kind: "line" },
  ],
  "minutes",
);

/** @type {readonly RouteDetails[]} */
let shown = [];

/** Begins to listen to the choice of the route. */
export function startRuns() {
  selectById("route").addEventListener("change", draw);
}

export function recolourRuns() {
  runsChart.recolour();
  latenessChart.recolour();
}

/** @param {readonly RouteDetails[]} details */
export function showRuns(details) {
  shown = details;
  const select = selectById("route");
  const names = details.map(({ route }) => route);
  const chosen = select.value;
  drawIfChanged(select, names, () => names.map((name) => element("option", { value: name }, name)));
  if (names.includes(chosen)) select.value = chosen;
  draw();
}

function draw() {
  const { route, runs } = shown.find((one) => one.route === selectById("route").value) ?? { route: "-", runs: [] };
  drawIfChanged(byId("runs-table"), [route, runs], () => {
    drawCharts(route, runs);
    return [runsTable(route, runs)];
  });
  drawIfChanged(byId("lateness-table"), [route, runs], () => [latenessTable(route, runs)]);
}

/**
 * @param {string} route
 * @param {readonly Run[]} runs
 */
function drawCharts(route, runs) {
  const last = runs.slice(-MOST_BARS);
  const times = last.map(({ at }) => at / 1000);
  runsChart.show(times, [
    last.map(({ delivered }) => delivered),
    last.map(({ alreadyDelivered }) => alreadyDelivered),
    last.map(({ late }) => late),
    last.map(({ error }) => (error === undefined ? null : 0)),
  ]);
  latenessChart.show(times, [
    last.map(({ latestSeconds }) => (latestSeconds === undefined ? null : minutes(latestSeconds))),
    last.map(({ lagSeconds }) => (lagSeconds === undefined ? null : minutes(lagSeconds))),
  ]);
  const count = countText(last.length, "run");
  const delivered = last.reduce((sum, run) => sum + run.delivered, 0);
  const failed = last.filter(({ error }) => error !== undefined).length;
  const latest = Math.max(0, ...last.map(({ latestSeconds = 0 }) => latestSeconds));
  byId("runs-chart").setAttribute(
    "aria-label",
    `Chart of the last ${count} of ${route}: ${countText(delivered, "record")} delivered, ${countText(failed, "failure")}. The table below has the numbers.`,
  );
  byId("lateness-chart").setAttribute(
    "aria-label",
    `Chart of lateness and lag in the last ${count} of ${route}: the latest record came ${spanText(latest)} after its time. The table below has the numbers.`,
  );
}

/** @param {number} seconds */
function minutes(seconds) {
  return Math.round(seconds / 6) / 10;
}

/**
 * @param {string} route
 * @param {readonly Run[]} runs
 */
function runsTable(route, runs) {
  return tableOf(
    `Runs of ${route}, the newest first`,
    ["Ended", "Outcome", "Delivered", "Known already", "Late", "Watermark", "Error"],
    runs.toReversed().map((run) => {
      const { at, outcome, delivered, alreadyDelivered, late, watermark, error } = run;
      const failure = error === undefined ? "" : `${error.code}: ${error.message} Fix: ${error.fix}`;
      return [timeText(at), outcome, delivered, alreadyDelivered, late, timeText(watermark), failure];
    }),
  );
}

/**
 * @param {string} route
 * @param {readonly Run[]} runs
 */
function latenessTable(route, runs) {
  return tableOf(
    `Lateness and lag of ${route}, the newest first`,
    ["Ended", "Late records", "Latest record", "Lag"],
    runs
      .toReversed()
      .map(({ at, late, latestSeconds, lagSeconds }) => [
        timeText(at),
        late,
        spanText(latestSeconds),
        spanText(lagSeconds),
      ]),
  );
}
