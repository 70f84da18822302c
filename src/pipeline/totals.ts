// What one run of one route counted, and the equation that must hold.

/** Records unless said otherwise. `read` always equals the sum of the five after it. */
export interface Totals {
  /** Met in the windows of this run. */
  readonly read: number;
  /** Confirmed by the sink. */
  readonly delivered: number;
  /** In the ledger from earlier reading. */
  readonly alreadyDelivered: number;
  /** Left out by a setting: owner filter, data context, UPDATES=first-only. */
  readonly filtered: number;
  readonly deadLettered: number;
  /** Read, but neither confirmed nor dead-lettered when the run ended. */
  readonly leftForNextRun: number;
  /** New versions of known records, sent or not; among the counts above. */
  readonly updates: number;
  /** Delivered in a window behind the watermark; among `delivered`. */
  readonly late: number;
  readonly pages: number;
  /** API response bodies, decompressed. */
  readonly bytesRead: number;
  readonly batches: number;
  readonly bytesSent: number;
  /** Windows closed by this run. */
  readonly slices: number;
}

const NO_TOTALS: Totals = {
  read: 0,
  delivered: 0,
  alreadyDelivered: 0,
  filtered: 0,
  deadLettered: 0,
  leftForNextRun: 0,
  updates: 0,
  late: 0,
  pages: 0,
  bytesRead: 0,
  batches: 0,
  bytesSent: 0,
  slices: 0,
};

export function noTotals(): Totals {
  return NO_TOTALS;
}

export function addTotals(totals: Totals, more: Partial<Totals>): Totals {
  const sum: { -readonly [Name in keyof Totals]: number } = { ...totals };
  let name: keyof Totals;
  for (name in more) sum[name] += more[name] ?? 0;
  return sum;
}

/** True when every record read is accounted for. A run that breaks this has a bug. */
export function equationHolds(totals: Totals): boolean {
  const { delivered, alreadyDelivered, filtered, deadLettered, leftForNextRun } = totals;
  return totals.read === delivered + alreadyDelivered + filtered + deadLettered + leftForNextRun;
}
