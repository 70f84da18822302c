// Words on the command line that cannot be meant.

/** Ends the program with exit code 2. It is no failure of the bridge, so it has no code of its own. */
export class WrongUse extends Error {
  /** What to write instead: one sentence. */
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.name = "WrongUse";
    this.fix = fix;
  }
}

/** An ISO 8601 time with its zone, in milliseconds: a time without one would be another on another machine. */
export function instantOf(option: string, given: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(given)
    ? Date.parse(given)
    : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new WrongUse(
    `${option} is not an ISO 8601 time with its zone: ${JSON.stringify(given)}`,
    "Write it like 2026-03-01T08:00:00Z.",
  );
}

/** A whole number within limits. */
export function countOf(option: string, given: string, least: number, most: number): number {
  const count = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (count >= least && count <= most) return count;
  throw new WrongUse(
    `${option} is not a whole number from ${least} to ${most}: ${JSON.stringify(given)}`,
    `Give a number from ${least} to ${most}.`,
  );
}
