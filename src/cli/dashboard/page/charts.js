// Charts of one route over time, in the colours of the page. The numbers stand in a table beside each.
import uPlot from "./uPlot.mjs";

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} colour name of the page's variable for it
 * @property {"bars" | "line" | "marks"} kind
 * @property {readonly number[]} [dash]
 *
 * @typedef {object} Chart
 * @property {(times: readonly number[], values: readonly (readonly (number | null)[])[]) => void} show
 *   seconds since 1970, and one row of values for each line
 * @property {() => void} recolour
 */

const HEIGHT = 220;
const LEAST_WIDTH = 200;
const MARGIN_SECONDS = 45 * 60;
const BAR_WIDTH = /** @type {[number, number]} */ ([0.7, 40]);

/**
 * @param {HTMLElement} place
 * @param {readonly Line[]} lines
 * @param {string} unit of the vertical axis
 * @returns {Chart}
 */
export function createChart(place, lines, unit) {
  /** @type {uPlot.AlignedData} */
  let data = [[], ...lines.map(() => [])];
  const size = () => ({ width: Math.max(place.clientWidth, LEAST_WIDTH), height: HEIGHT });
  const draw = () =>
    new uPlot(
      {
        ...size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        // Zooming needs a pointer: the table is for those who want to look closer.
        cursor: { drag: { x: false, y: false }, points: { size: 6 } },
        scales: { x: { range: timesShown }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
        axes: [
          { ...axisColours(), values: (_, splits) => splits.map(clockText), space: 70 },
          { ...axisColours(), label: unit, size: 60, labelSize: 18 },
        ],
        series: [{ label: "Run (UTC)", value: (_, seconds) => momentText(seconds) }, ...lines.map(seriesOf)],
      },
      data,
      place,
    );
  let chart = draw();
  new ResizeObserver(() => chart.setSize(size())).observe(place);
  return {
    show(times, values) {
      data = [[...times], ...values.map((row) => [...row])];
      chart.setData(data);
    },
    // Drawn anew: the legend takes its colours once.
    recolour() {
      chart.destroy();
      chart = draw();
    },
  };
}

/**
 * So that the first bar and the last are whole at the usual schedule, and one alone has a place.
 * @param {uPlot} _
 * @param {number | null} first null where there is no run
 * @param {number | null} last
 * @returns {[number, number]}
 */
function timesShown(_, first, last) {
  const now = Date.now() / 1000;
  return [(first ?? now) - MARGIN_SECONDS, (last ?? now) + MARGIN_SECONDS];
}

/**
 * @param {Line} line
 * @returns {uPlot.Series}
 */
function seriesOf({ label, colour, kind, dash = [] }) {
  const stroke = () => variable(colour);
  const shared = { label, stroke, value: valueText };
  if (kind === "bars") {
    const fill = () => variable(colour);
    return { ...shared, fill, paths: bars(), points: { show: false } };
  }
  const points = { show: true, size: kind === "marks" ? 12 : 5, stroke, fill: stroke };
  return kind === "marks"
    ? { ...shared, paths: () => null, points }
    : { ...shared, width: 2, dash: [...dash], points, spanGaps: true };
}

function bars() {
  const build = uPlot.paths.bars;
  if (build === undefined) throw new Error("the chart library draws no bars");
  return build({ size: BAR_WIDTH });
}

/** @returns {uPlot.Axis} */
function axisColours() {
  const rule = { stroke: lineColour, width: 1 };
  return { stroke: () => variable("--text"), grid: rule, ticks: rule };
}

function lineColour() {
  return variable("--line");
}

/** @param {string} name */
function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/**
 * @param {uPlot} _
 * @param {number | null} value
 */
function valueText(_, value) {
  return value === null || value === undefined ? "-" : String(value);
}

/** @param {number | null} seconds */
function momentText(seconds) {
  return seconds === null ? "-" : new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

/** @param {number} seconds */
function clockText(seconds) {
  const text = new Date(seconds * 1000).toISOString();
  return text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
}
