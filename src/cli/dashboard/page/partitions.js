// Where the partitions of each sink end, and how many events came lately.
import { byId, drawIfChanged, element, tableOf } from "./dom.js";
import { spanText } from "./texts.js";

/** @typedef {import("../page-data.ts").ShownSink} ShownSink */

/** @param {readonly ShownSink[]} sinks */
export function showPartitions(sinks) {
  drawIfChanged(byId("partition-tables"), sinks, () => sinks.map(shownSink));
}

/** @param {ShownSink} sink */
function shownSink(sink) {
  if (sink.kind === "no-partitions") return element("p", {}, `${sink.sink}: ${sink.because}.`);
  if (sink.kind === "failed") {
    const { code, message, fix } = sink.error;
    return element(
      "p",
      { class: "error" },
      `${sink.sink} cannot be asked: ${code}: ${message} `,
      element("strong", {}, "Fix:"),
      ` ${fix}`,
    );
  }
  const seconds = Math.max(0, ...sink.partitions.map((partition) => partition.seconds));
  const period = seconds === 0 ? "since just now" : `in the last ${spanText(seconds)}`;
  const most = Math.max(1, ...sink.partitions.map(({ added }) => added));
  const table = tableOf(
    `${sink.sink}: ${sink.hub}`,
    ["Partition", "Last sequence number", `Events ${period}`],
    sink.partitions.map(({ partition, last, added }) => [partition, last, added]),
  );
  for (const [index, { added }] of sink.partitions.entries()) {
    const cell = table.tBodies[0]?.rows[index]?.cells[2];
    const meter = element("span", { class: "bar", "aria-hidden": "true" });
    meter.style.width = `${Math.round((added / most) * 100)}px`;
    cell?.prepend(meter);
  }
  return element(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": `Partitions of ${sink.sink}` },
    table,
  );
}
