// Whether the queries of alert rules can work: brackets, tables, the columns a rule counts, the fields of a summary line.
import type { PlannedResource } from "./plan.ts";
import { textOf, isList, isObject, type Value } from "./values.ts";

/** Tables of the workspace that the host fills without an SDK in the app. */
const TABLES: ReadonlySet<string> = new Set(["AppRequests", "AppTraces", "AppExceptions"]);

/** `summaryFields` are the fields that a summary line can have, nested ones with a dot. */
export function checkQueries(
  resources: readonly PlannedResource[],
  summaryFields: ReadonlySet<string>,
): readonly string[] {
  return resources
    .filter(({ type }) => type === "azurerm_monitor_scheduled_query_rules_alert_v2")
    .flatMap(({ address, values }) =>
      objects(values["criteria"]).flatMap((criteria) => {
        const query = withoutComments(textOf(criteria["query"]));
        const columns = [criteria["metric_measure_column"], ...objects(criteria["dimension"]).map(({ name }) => name)];
        return [
          ...queryProblems(query, summaryFields),
          ...columns
            .filter((column) => typeof column === "string" && !new RegExp(`\\b${column}\\b`).test(query))
            .map((column) => `there is no column ${textOf(column)}`),
        ].map((problem) => `${address}: ${problem}`);
      }),
    );
}

export function queryProblems(query: string, summaryFields: ReadonlySet<string>): readonly string[] {
  const bare = query.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  const tables = [...bare.matchAll(/^\s*(?:\(\s*)?([A-Z]\w+)\s*$/gm)].map(([, name = ""]) => name);
  const fields = [...bare.matchAll(/\bSummary\.(\w+(?:\.\w+)*)/g)].map(([, name = ""]) => name);
  return [
    ...(isBalanced(bare) ? [] : ["brackets do not match"]),
    ...(tables.length === 0 ? ["it reads no table"] : []),
    ...tables.filter((table) => !TABLES.has(table)).map((table) => `${table} is not a table that the host fills`),
    ...fields.filter((field) => !summaryFields.has(field)).map((field) => `a summary line has no ${field}`),
  ];
}

function isBalanced(text: string): boolean {
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const character of text) {
    if ("([{".includes(character)) open.push(character);
    else if (pairs[character] !== undefined && open.pop() !== pairs[character]) return false;
  }
  return open.length === 0;
}

function withoutComments(query: string): string {
  return query.replaceAll(/^\s*\/\/.*$/gm, "");
}

function objects(value: Value | undefined): readonly Readonly<Record<string, Value>>[] {
  return isList(value) ? value.filter(isObject) : [];
}
