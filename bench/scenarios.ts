// What is measured: data, latency, and who runs on them. A scenario's contenders take turns, round by round.

export type Contender = "bridge" | "obvious" | "obvious with rows" | "floor: read" | "floor: send";

export interface Scenario {
  readonly name: string;
  readonly records: number;
  readonly recordBytes: number;
  readonly feeds: number;
  /** Before each page, and before each acknowledgement of the hub; milliseconds. */
  readonly apiLatencyMs: number;
  readonly hubLatencyMs: number;
  readonly pageSize: number;
  readonly partitions: number;
  readonly rounds: number;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly contender: Contender;
  /** Requests to the API in flight at once; the others have one. */
  readonly concurrency: number;
  /** Of the bridge: runs one after the other, each in a new process, of which the last is measured. With 2 it is a run without news. */
  readonly runs: number;
  /** Node gets the arguments that infra/ sets on Azure; else none. */
  readonly asDeployed: boolean;
}

export const SETS = ["default", "quick", "full", "huge"] as const;
export type SetName = (typeof SETS)[number];

/** `default` has what the targets ask for, `quick` what a check of every change can afford, `full` the rest but the 3 million. */
export function scenariosOf(set: SetName, rounds: number | undefined): readonly Scenario[] {
  const all = { default: defaults, quick: quick, full: full, huge: huge }[set];
  return all.map((one) => ({ ...one, rounds: rounds ?? one.rounds }));
}

const bridge = (concurrency: number, runs = 1): Entry => ({ contender: "bridge", concurrency, runs, asDeployed: true });
const other = (contender: Contender): Entry => ({ contender, concurrency: 1, runs: 1, asDeployed: false });
const bridgeWithout: Entry = { ...bridge(1), asDeployed: false };
const obvious = other("obvious");
const obviousAlike: Entry = { ...obvious, asDeployed: true };
const floor = [other("floor: read"), other("floor: send")];

const USUAL = {
  recordBytes: 1240,
  feeds: 1,
  pageSize: 999,
  partitions: 4,
  apiLatencyMs: 0,
  hubLatencyMs: 0,
  rounds: 3,
};
const LATE = { ...USUAL, apiLatencyMs: 80, hubLatencyMs: 25 };

const defaults: readonly Scenario[] = [
  { ...USUAL, name: "1 k, a first run", records: 1_000, entries: [bridge(1), obvious] },
  { ...USUAL, name: "1 k, a run without news", records: 1_000, entries: [bridge(1, 2)] },
  {
    ...USUAL,
    name: "30 k",
    records: 30_000,
    entries: [bridge(1), bridge(4), bridgeWithout, obvious, obviousAlike, ...floor],
  },
  { ...LATE, name: "30 k, 80/25 ms", records: 30_000, entries: [bridge(1), bridge(2), bridge(4), obvious] },
  {
    ...USUAL,
    name: "300 k",
    records: 300_000,
    rounds: 2,
    entries: [bridge(1), bridge(4), obvious, obviousAlike, ...floor],
  },
  { ...LATE, name: "300 k, 80/25 ms", records: 300_000, rounds: 1, entries: [bridge(1), bridge(4), obvious] },
];

const quick: readonly Scenario[] = [
  { ...USUAL, name: "20 k", records: 20_000, rounds: 2, entries: [bridge(1), obvious, ...floor] },
  { ...LATE, name: "10 k, 80/25 ms", records: 10_000, rounds: 1, entries: [bridge(1), bridge(4), obvious] },
  { ...USUAL, name: "1 k, a run without news", records: 1_000, rounds: 1, entries: [bridge(1, 2)] },
];

const full: readonly Scenario[] = [
  ...defaults,
  {
    ...USUAL,
    name: "3 k with a state row for each record",
    records: 3_000,
    entries: [bridge(1), other("obvious with rows")],
  },
  { ...USUAL, name: "30 k in ten feeds", records: 30_000, feeds: 10, entries: [bridge(1), bridge(4), obvious] },
  {
    ...LATE,
    name: "30 k in ten feeds, 80/25 ms",
    records: 30_000,
    feeds: 10,
    entries: [bridge(1), bridge(4), obvious],
  },
  { ...USUAL, name: "30 k of 300 bytes", records: 30_000, recordBytes: 300, entries: [bridge(1), obvious, ...floor] },
  {
    ...LATE,
    name: "30 k of 300 bytes, 80/25 ms",
    records: 30_000,
    recordBytes: 300,
    entries: [bridge(1), bridge(4), obvious],
  },
  {
    ...USUAL,
    name: "6 k of 20 kB",
    records: 6_000,
    recordBytes: 20_000,
    pageSize: 250,
    entries: [bridge(1), obvious, ...floor],
  },
  {
    ...LATE,
    name: "6 k of 20 kB, 80/25 ms",
    records: 6_000,
    recordBytes: 20_000,
    pageSize: 250,
    entries: [bridge(1), bridge(4), obvious],
  },
  { ...USUAL, name: "30 k, 32 partitions", records: 30_000, partitions: 32, entries: [bridge(1), obvious] },
];

const huge: readonly Scenario[] = [{ ...USUAL, name: "3 M", records: 3_000_000, rounds: 1, entries: [bridge(1)] }];
