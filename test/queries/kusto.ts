// Microsoft's own KQL parser, told of the tables of the workspace.
import { createRequire } from "node:module";
import { tables } from "./known-names.ts";

/** The part of Microsoft's own KQL parser that is used here. It comes without types for modules and sets globals. */
interface Kusto {
  Language: {
    GlobalState: { Default: { WithDatabase(database: unknown): unknown } };
    KustoCode: { ParseAndAnalyze(text: string, globals: unknown): { GetDiagnostics(): unknown } };
    Symbols: {
      TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
      DatabaseSymbol: { $ctor1: new (name: string, tables: unknown[]) => unknown };
    };
  };
}
interface Enumerator {
  Current: { Message: string };
  moveNext(): boolean;
}

const load = createRequire(import.meta.url);
load("@kusto/language-service-next/bridge.min.js");
load("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { Kusto, Bridge } = globalThis as unknown as {
  Kusto: Kusto;
  Bridge: { getEnumerator(list: unknown): Enumerator };
};
const { GlobalState, KustoCode, Symbols } = Kusto.Language;

const types: Readonly<Record<string, string>> = {
  TimeGenerated: "datetime",
  enqueuedAt: "datetime",
  Success: "bool",
  IsBillable: "bool",
  SeverityLevel: "int",
  Properties: "dynamic",
  record: "dynamic",
  ...Object.fromEntries(["DurationMs", "Sum", "Min", "Max", "Quantity", "_BilledSize"].map((name) => [name, "real"])),
};
const symbols = Object.entries(tables).map(([name, columns]) =>
  Symbols.TableSymbol.From(
    `(${columns.map((column) => `${column}: ${types[column] ?? "string"}`).join(", ")})`,
  ).WithName(name),
);
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1("workspace", symbols));

/** What the parser says about a query; nothing when it is right. */
export function complaints(text: string): readonly string[] {
  const found: string[] = [];
  const list = Bridge.getEnumerator(KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics());
  while (list.moveNext()) found.push(list.Current.Message);
  return found;
}
