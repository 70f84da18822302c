// npm run cost:docs: writes the cost table into DEPLOYMENT.md, computed from scripts/cost-inputs.ts.
import { readFile, writeFile } from "node:fs/promises";
import { assumed, measured, prices, RUNS_PER_MONTH, sizes, type Size } from "./cost-inputs.ts";

export const DEPLOYMENT = new URL("../DEPLOYMENT.md", import.meta.url);
const BEGIN = "<!-- cost:begin -->";
const END = "<!-- cost:end -->";

/** Of one month, in US dollars but for the first. */
export interface Cost {
  readonly runSeconds: number;
  readonly executions: number;
  readonly throughputUnits: number;
  readonly events: number;
  readonly tableOperations: number;
  readonly logs: number;
  readonly telemetry: number;
  readonly alerts: number;
  readonly total: number;
}

export function costOf({ routes, memoryGB, throughputUnits }: Size): Cost {
  const runSeconds =
    assumed.secondsPerRun +
    routes * ((measured.apiCalls * assumed.secondsPerApiCall) / assumed.feedsAtOnce + measured.cpuSeconds);
  const perMonth = routes * RUNS_PER_MONTH;
  const rows = measured.apiCalls + measured.storageCalls + assumed.sendsPerRoute;
  const parts = {
    executions: RUNS_PER_MONTH * (runSeconds * memoryGB * prices.gbSecond + prices.millionExecutions / 1e6),
    throughputUnits: throughputUnits * RUNS_PER_MONTH * prices.throughputUnitHour,
    events: (perMonth * measured.records * prices.millionEvents) / 1e6,
    tableOperations: (perMonth * measured.storageCalls * prices.tenThousandTableOperations) / 1e4,
    logs: (perMonth * (measured.logBytes + assumed.bytesPerLogRow) * prices.gbLogs) / 1e9,
    telemetry: (perMonth * rows * assumed.bytesPerLogRow * prices.gbLogs) / 1e9,
    alerts: assumed.alertRules * prices.logAlertRule + (routes - 1) * prices.alertTimeSeries,
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { runSeconds, ...parts, total };
}

/** The table and the sentences with figures, between the markers. */
export function renderCost(): string {
  const costs = sizes.map(costOf);
  const row = (name: string, cell: (cost: Cost) => string): string => `| ${name} | ${costs.map(cell).join(" | ")} |\n`;
  return [
    `| USD a month | ${sizes.map(({ name, routes }) => `${name}, ${routes} routes`).join(" | ")} |\n`,
    `| --- | ${sizes.map(() => "---:").join(" | ")} |\n`,
    row("length of an hourly run, in seconds", ({ runSeconds }) => String(Math.round(runSeconds))),
    row("function app: executions", usd("executions")),
    row("event hub: throughput unit", usd("throughputUnits")),
    row("event hub: events", usd("events")),
    row("storage: table operations", usd("tableOperations")),
    row("logs: lines of the bridge", usd("logs")),
    row("logs: the bridge's own telemetry, when it is on", usd("telemetry")),
    row("alert rules", usd("alerts")),
    row("**sum**", ({ total }) => `**${total.toFixed(2)}**`),
    `\nPrices: list prices for US regions, collected on ${prices.collectedOn} from public quotations, without free grants. ` +
      `Measured on ${measured.on} with \`npm run cost:measure -- --routes ${measured.routes}\`, per route and hourly run: ` +
      `${measured.apiCalls.toFixed(1)} API calls, ${measured.storageCalls.toFixed(0)} storage calls, ` +
      `${Math.round(measured.records)} records, ${Math.round(measured.logBytes)} bytes of log, ` +
      `${measured.cpuSeconds.toFixed(2)} s of CPU; with 5 to 100 routes the process held ${measured.residentMB} MB at most. Assumed: ${assumed.secondsPerApiCall} s for an API call, ` +
      `${assumed.bytesPerLogRow} bytes for what a log row holds beside its text, instances of ${sizes[0]?.memoryGB} GB.\n`,
  ].join("");
}

function usd(part: keyof Cost): (cost: Cost) => string {
  return (cost) => cost[part].toFixed(2);
}

export function withCost(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`DEPLOYMENT.md needs the lines ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${renderCost()}\n${text.slice(end)}`;
}

if (import.meta.main) await writeFile(DEPLOYMENT, withCost(await readFile(DEPLOYMENT, "utf8")));
