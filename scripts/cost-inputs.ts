// What the cost table in DEPLOYMENT.md is computed from: prices, measured figures, and what is assumed.

/**
 * US dollars, pay as you go, US regions; other regions are up to about a third dearer. Quotations of the price list from
 * public sources, collected on `collectedOn`; the price pages themselves could not be read. No free grant is taken off.
 */
export const prices = {
  collectedOn: "2026-11-25",
  /** Flex Consumption, on demand. */
  gbSecond: 0.000026,
  millionExecutions: 0.4,
  /** Event Hubs Standard: 1 MB/s or 1000 events/s in. */
  throughputUnitHour: 0.03,
  millionEvents: 0.028,
  /** Log Analytics, analytics logs: 2.30 to 2.99 were quoted. */
  gbLogs: 2.99,
  tenThousandTableOperations: 0.00036,
  /** A log alert rule that is evaluated every 15 minutes, and each further time series of one. */
  logAlertRule: 0.5,
  alertTimeSeries: 0.05,
} as const;

/** By `npm run cost:measure -- --routes 20`: an hour like any other, of the demo's fleet, per route. */
export const measured = {
  on: "2026-11-26",
  routes: 20,
  apiCalls: 150 / 20,
  storageCalls: 181 / 20,
  /** Of Node 24 on the machine of the measurement, stand-ins not counted. */
  cpuSeconds: 2.763 / 20,
  logBytes: 8445 / 20,
  records: 3180 / 20,
  /** The most the process held, with 5, 20 or 100 routes: it does not grow with them. From source, not from the bundle. */
  residentMB: 394,
} as const;

/** Not measured here: it takes Azure and Microshare. */
export const assumed = {
  /** Field report for view calls; share lists are faster. */
  secondsPerApiCall: 3,
  /** The default of `MICROSHARE_CONCURRENCY`: so many feeds wait for an answer at the same time. */
  feedsAtOnce: 2,
  /** Process start, login and settings. */
  secondsPerRun: 2,
  /** What a row in Log Analytics weighs beside the text of the line. */
  bytesPerLogRow: 1500,
  /** A share of a route's calls and sends is written as rows of their own when the bridge's telemetry is on. */
  sendsPerRoute: 4,
  /** Of them one looks at each route by itself in every evaluation: the one for the watermark's lag. */
  alertRules: 5,
} as const;

export interface Size {
  readonly name: string;
  readonly routes: number;
  readonly memoryGB: number;
  readonly throughputUnits: number;
}

export const sizes: readonly Size[] = [
  { name: "small building", routes: 5, memoryGB: 2, throughputUnits: 1 },
  { name: "several buildings", routes: 20, memoryGB: 2, throughputUnits: 1 },
  { name: "campus", routes: 100, memoryGB: 2, throughputUnits: 1 },
];

export const RUNS_PER_MONTH = 730;
