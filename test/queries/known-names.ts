// The tables, functions and words that the queries may use. Tables and columns as Azure documents them:
// learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces (and apprequests, appexceptions, appmetrics, usage).

/** Columns that the queries use, by table. `MicroshareEvents` is the operator's own: docs/queries/README.md. */
export const tables: Readonly<Record<string, readonly string[]>> = {
  AppTraces: ["TimeGenerated", "Message", "SeverityLevel", "OperationId", "OperationName", "_BilledSize"],
  AppRequests: ["TimeGenerated", "OperationId", "OperationName", "Success", "ResultCode", "DurationMs"],
  AppExceptions: ["TimeGenerated", "OperationId", "OperationName", "OuterType", "OuterMessage", "InnermostMessage"],
  AppMetrics: ["TimeGenerated", "Name", "Sum", "Min", "Max", "Properties"],
  Usage: ["TimeGenerated", "DataType", "Quantity", "IsBillable"],
  MicroshareEvents: ["enqueuedAt", "record"],
};

/** The bridge's own metrics, by their names in AppMetrics. */
export const metrics: readonly string[] = [
  "bridge.records.read",
  "bridge.records.delivered",
  "bridge.records.already_delivered",
  "bridge.records.filtered",
  "bridge.records.dead_lettered",
  "bridge.watermark.lag",
  "bridge.lateness",
  "bridge.api.requests",
  "bridge.api.retries",
  "bridge.api.throttled",
  "bridge.batch.bytes",
  "bridge.run.duration",
];

/** May follow a pipe, or begin a statement with nothing before it. */
export const operators: readonly string[] =
  "where extend summarize project order distinct join take top mv-expand union print".split(" ");

export const functions: readonly string[] = [
  ..."parse_json substring iff isempty isnotempty isnull tostring tolong toint todouble todatetime toscalar".split(" "),
  ..."now ago bin round ceiling max_of coalesce case prev array_sum array_slice strcat_array percentile".split(" "),
  ..."sum count countif dcount min max arg_max real timespan typeof".split(" "),
];

/** Words of the language between names. */
export const words: readonly string[] =
  "let by asc desc and or not in on kind leftouter leftanti to string true false null startswith".split(" ");

/** Must be written as ['time'] where a member has such a name. */
export const reserved: readonly string[] = [
  "time",
  "datetime",
  "string",
  "long",
  "real",
  "bool",
  "last",
  "first",
  "kind",
];
