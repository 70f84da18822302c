// The figures as a table for people.
import type { Figures, ScenarioResult } from "./run-scenario.ts";

export function tableOf({ name, figures }: ScenarioResult): string {
  const rows = figures.map((one) => [
    nameOf(one),
    grouped(one.recordsPerSecond),
    one.cpuMicrosPerRecord.toFixed(1),
    one.peakMegabytes.toFixed(0),
    grouped(one.apiCalls),
    grouped(one.hubBatches),
    one.hubBatches === 0 ? "" : `${(one.hubFill * 100).toFixed(1)} %`,
    grouped(one.storageCalls),
  ]);
  return `### ${name}\n\n${markdown([HEAD, ...rows])}\n`;
}

export function nameOf({ contender, concurrency, asDeployed }: Figures): string {
  if (contender !== "bridge") return asDeployed ? `${contender}, same arguments` : contender;
  return `bridge, ${concurrency} at once${asDeployed ? "" : ", no arguments"}`;
}

const HEAD = ["", "records/s", "CPU µs/record", "peak MB", "API calls", "hub batches", "fill", "storage calls"];

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const [head = [], ...others] = rows;
  return [line(head), line(rule), ...others.map(line)].join("\n");
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US").replaceAll(",", " ");
}
