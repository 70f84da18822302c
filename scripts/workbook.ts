// npm run workbook: builds the Azure workbook of the monitoring module from docs/queries.
import { mkdir, writeFile } from "node:fs/promises";
import { readQueries, type Query } from "./queries.ts";

export const WORKBOOK = new URL("../infra/modules/monitoring/workbook.json", import.meta.url);

const DAY_MS = 24 * 60 * 60 * 1000;
/** Offered to choose from; any other span can be typed in. */
const SPANS_MS = [DAY_MS / 24, DAY_MS / 4, DAY_MS, 7 * DAY_MS, 30 * DAY_MS];

/**
 * A workbook (`Notebook/1.0`) on a Log Analytics workspace: a time range, then each query with its explanation above it. The
 * queries name no workspace: they run on the resource that the workbook is attached to.
 */
export function workbookOf(queries: readonly Query[]): object {
  const shown = queries.filter(({ chart }) => chart !== "none");
  return {
    version: "Notebook/1.0",
    items: [
      text("intro", INTRO),
      timeRange(),
      ...shown.flatMap((query) => [text(`${nameOf(query)}-about`, about(query)), result(query)]),
    ],
    styleSettings: {},
    $schema: "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
  };
}

const INTRO =
  "# Microshare-Azure bridge\n\nEach part says what it shows, how to read it and what to do. The queries are in docs/queries of the repository.";

function about({ title, shows, read, next }: Query): string {
  return `## ${title}\n\n**Shows:** ${shows}\n\n**Read:** ${read}\n\n**Do:** ${next}`;
}

function text(name: string, json: string): object {
  return { type: 1, content: { json }, name };
}

function timeRange(): object {
  const parameter = {
    id: "5e3f7a52-6f0b-4f55-9a7d-2f4f6f1c9b10",
    version: "KqlParameterItem/1.0",
    name: "TimeRange",
    label: "Time range",
    type: 4,
    isRequired: true,
    value: { durationMs: 7 * DAY_MS },
    typeSettings: { selectableValues: SPANS_MS.map((durationMs) => ({ durationMs })), allowCustom: true },
  };
  const content = {
    version: "KqlParameterItem/1.0",
    parameters: [parameter],
    style: "pills",
    queryType: 0,
    resourceType: WORKSPACE,
  };
  return { type: 9, content, name: "time-range" };
}

const WORKSPACE = "microsoft.operationalinsights/workspaces";

function result(query: Query): object {
  const content = {
    version: "KqlItem/1.0",
    query: query.text,
    size: 0,
    title: query.title,
    noDataMessage: "Nothing in this time range.",
    timeContextFromParameter: "TimeRange",
    queryType: 0,
    resourceType: WORKSPACE,
    visualization: query.chart,
  };
  return { type: 3, content, name: nameOf(query) };
}

function nameOf({ file }: Query): string {
  return file.replace(/\.kql$/, "");
}

// Last, as the texts above must be there by then.
if (import.meta.main) {
  await mkdir(new URL(".", WORKBOOK), { recursive: true });
  await writeFile(WORKBOOK, `${JSON.stringify(workbookOf(await readQueries()), undefined, 2)}\n`);
}
