// One simulated life of the bridge under one seed: hours of runs with faults, kills, pauses and overlaps, then the proof.
import { forwardAll, type RunResult } from "../../src/pipeline/forward-all.ts";
import type { Route } from "../../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { equationHolds } from "../../src/pipeline/totals.ts";
import { createChance, type Chance } from "./chance.ts";
import { portsOf, type SourceOptions } from "./ports.ts";
import { createScheduler, type Process, type Scheduler } from "./scheduler.ts";
import { createWorld, HOUR, LOOKBACK, MINUTE, SETTLE_DELAY, type World } from "./world.ts";

export interface Simulated {
  readonly seed: number;
  readonly steps: number;
  readonly runs: number;
  readonly kills: number;
  readonly stored: number;
  /** What does not hold; empty when everything does. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** How the runs ended, and how many read something back. */
  readonly counts: ReadonlyMap<string, number>;
}

const ROUTE = "simulated@hub";
const MOST_CALM_RUNS = 30;

export async function simulate(seed: number): Promise<Simulated> {
  const chance = createChance(seed);
  const scheduler = createScheduler();
  const parts = chance.happens(0.4) ? ["north", "south", "west"] : [""];
  const ascending = parts.length === 1 && chance.happens(0.4);
  const hours = chance.between(3, 9);
  const world = createWorld(scheduler, chance, { parts, hours, devices: chance.between(2, 12) });
  const source: SourceOptions = {
    parts,
    ascending,
    limit: chance.pick([15, 60, 999]),
    pageSize: chance.between(3, 40),
    pageMs: chance.pick([400, 400, 20_000]),
  };
  const shape: RunShape = {
    source,
    budgetMs: chance.pick([4 * MINUTE, 8 * MINUTE]),
    loadBytes: chance.pick([1, 2_000, 100_000]),
    readBackBytes: chance.pick([10_000, 1e9]),
    readable: !chance.happens(0.08),
  };
  const life: Life = {
    world,
    shape,
    violations: [],
    runs: 0,
    kills: 0,
    caughtUp: 0,
    repeatsAllowed: 0,
    watermark: 0,
    counts: new Map(),
    controllers: [],
    startAnother: () => undefined,
  };

  const killChance = chance.pick([0, 0.002, 0.01]);
  const pauseChance = chance.pick([0, 0, 0, 0.005]);
  let victims: Process[] = [];
  scheduler.onStep = (label) => {
    if (!world.faults) return;
    for (const victim of victims) {
      if (!label.startsWith(victim.name) || !victim.alive) continue;
      if (chance.happens(killChance)) {
        world.note(`${victim.name} is killed at: ${label}`);
        life.kills += 1;
        scheduler.kill(victim);
      } else if (chance.happens(pauseChance)) {
        const pausedMs = chance.between(1000, 6 * MINUTE);
        world.note(`${victim.name} stands still for ${Math.round(pausedMs / 1000)} s at: ${label}`);
        // What it had handed over may arrive when it wakes up, long after another run has read back.
        life.repeatsAllowed += world.onTheWire.get(victim.name) ?? 0;
        scheduler.pause(victim, pausedMs, () => chance.next());
        // A machine that stands still is replaced by another one, which may wait out the lease meanwhile.
        if (chance.happens(0.7)) scheduler.after(world.nature, chance.between(100, 30_000), () => life.startAnother());
      }
    }
  };

  for (let hour = 1; hour <= hours; hour += 1) {
    await passUntil(scheduler, world, hour * HOUR + chance.between(0, 1000));
    const processes = [scheduler.startProcess(`run ${hour}`)];
    if (chance.happens(0.15)) processes.push(scheduler.startProcess(`rival ${hour}`));
    victims = processes;
    await runIn(processes, life);
    // The host fires a run again that had died; at times somebody starts one by hand.
    if (chance.happens(processes.some((process) => !process.alive) ? 0.5 : 0.1)) {
      const again = scheduler.startProcess(`again ${hour}`);
      victims = [again];
      await runIn([again], life);
    }
  }
  world.faults = false;
  // From here on nothing fails: the bridge has to catch up, and then to look back once more.
  await passUntil(scheduler, world, (hours + 6) * HOUR);
  for (let calm = 0, more = 1; calm < 2 && more <= MOST_CALM_RUNS; more += 1) {
    await passUntil(scheduler, world, scheduler.now + HOUR);
    const before = life.caughtUp;
    await runIn([scheduler.startProcess(`calm ${more}`)], life);
    calm = life.caughtUp > before ? calm + 1 : 0;
  }
  prove(life);
  // What the killed runs were waiting for would otherwise be kept for ever.
  for (const controller of life.controllers) controller.abort();
  const stored = world.hub.partitions.reduce((sum, events) => sum + events.length, 0);
  return {
    seed,
    steps: scheduler.steps,
    runs: life.runs,
    kills: life.kills,
    stored,
    violations: life.violations,
    trace: world.trace,
    counts: life.counts,
  };
}

interface RunShape {
  readonly readable: boolean;

  readonly source: SourceOptions;
  readonly budgetMs: number;
  readonly loadBytes: number;
  readonly readBackBytes: number;
}

interface Life {
  readonly world: World;
  readonly shape: RunShape;
  readonly violations: string[];
  runs: number;
  kills: number;
  /** Runs that ended so. */
  caughtUp: number;
  /** Beyond the first, where the guarantees allow them. */
  repeatsAllowed: number;
  watermark: number;
  readonly counts: Map<string, number>;
  /** Of all runs, those that were killed too. */
  readonly controllers: AbortController[];
  /** One more run beside those under way. */
  startAnother(): void;
}

/** Starts one run in each process and waits until each has ended or died. */
async function runIn(first: readonly Process[], life: Life): Promise<void> {
  const { scheduler } = life.world;
  const processes: Process[] = [];
  const ended = new Set<Process>();
  async function watch(process: Process): Promise<void> {
    try {
      check(process, await run(process, life), life);
    } catch (error) {
      life.violations.push(`${process.name} threw ${String(error instanceof Error ? error.stack : error)}`);
    }
    ended.add(process);
  }
  function start(process: Process): void {
    processes.push(process);
    void watch(process);
  }
  for (const process of first) start(process);
  life.startAnother = () => start(scheduler.startProcess(`successor ${processes.length} of ${first[0]?.name}`));
  await scheduler.run(() => processes.every((process) => ended.has(process) || !process.alive));
  await checkWatermark(life);
}

function run(process: Process, life: Life): Promise<RunResult> {
  const { world, shape } = life;
  const { scheduler } = world;
  const skewMs = !world.faults || life.world.chance.happens(0.85) ? 0 : clockError(life.world.chance);
  const now = (): number => scheduler.now + skewMs;
  const ports = portsOf(world, process, { skewMs, readable: shape.readable });
  const route: Route = {
    name: ROUTE,
    feed: "simulated",
    source: ports.source(shape.source),
    sink: ports.sink,
    timing: {
      startAt: () => 0,
      lookbackMs: LOOKBACK,
      deepLookbackMs: 2 * LOOKBACK,
      settleDelayMs: SETTLE_DELAY,
      windowMs: HOUR,
    },
    updates: "forward",
  };
  const endsAt = scheduler.now + shape.budgetMs + (world.faults ? 0 : HOUR / 2);
  return forwardAll([route], {
    store: ports.store,
    deadLetters: ports.deadLetters,
    now,
    clock: {
      monotonicNow: () => scheduler.now,
      wait: (ms, signal) => scheduler.wait(process, ms, signal),
    },
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: process.name,
    readBackBytes: shape.readBackBytes,
    time: {
      timeLeftMs: () => Math.max(0, endsAt - scheduler.now),
      after(ms) {
        const controller = new AbortController();
        life.controllers.push(controller);
        const cancel = scheduler.after(process, ms, () => controller.abort());
        return { signal: controller.signal, cancel };
      },
    },
    sliceMaxBytes: 5_000,
    loadBytes: shape.loadBytes,
  });
}

/** Mostly below the settle delay, where it must do no harm; at times an hour, where the feed must stop. */
function clockError(chance: Chance): number {
  return chance.happens(0.3) ? chance.pick([-HOUR, HOUR]) : chance.between(-40_000, 40_000);
}

async function passUntil(scheduler: Scheduler, world: World, at: number): Promise<void> {
  let reached = false;
  scheduler.after(world.nature, at - scheduler.now, () => {
    reached = true;
  });
  await scheduler.run(() => reached);
}

function check(process: Process, result: RunResult, life: Life): void {
  life.runs += 1;
  const { world, violations } = life;
  for (const { error } of result.bugs) {
    violations.push(`${process.name}: bug: ${String(error instanceof Error ? error.stack : error)}`);
  }
  for (const outcome of result.outcomes) {
    if (outcome.kind === "caught-up") life.caughtUp += 1;
    const ending = outcome.kind === "blocked" ? outcome.error.code : outcome.kind;
    life.counts.set(ending, (life.counts.get(ending) ?? 0) + 1);
    if (outcome.recovered > 0) life.counts.set("recovered", (life.counts.get("recovered") ?? 0) + 1);
    const error = outcome.kind === "blocked" ? ` ${outcome.error.code}` : "";
    const { read, delivered, alreadyDelivered } = outcome.totals;
    world.note(
      `${process.name}: ${outcome.kind}${error}, read ${read}, delivered ${delivered}, known ${alreadyDelivered}, recovered ${outcome.recovered}`,
    );
    if (!equationHolds(outcome.totals))
      violations.push(`${process.name}: the counts do not add up: ${JSON.stringify(outcome.totals)}`);
  }
  noRepeats(life, `after ${process.name}`);
}

/** Never back, and never past what is settled. */
async function checkWatermark(life: Life): Promise<void> {
  const { world, violations } = life;
  const saved = await world.store.load(ROUTE);
  if (saved === undefined) return;
  const { watermark, nextSegment } = saved.checkpoint;
  if (watermark < life.watermark) violations.push(`the watermark went back from ${life.watermark} to ${watermark}`);
  if (watermark > world.scheduler.now) violations.push(`the watermark ${watermark} is ahead of the time`);
  life.watermark = watermark;
  let ids = 0;
  for await (const segment of world.store.readLedger(ROUTE, 0)) ids += segment.ids.byteLength / 16;
  if (ids > 2 * world.records.length + 50)
    violations.push(`the ledger has ${ids} ids for ${world.records.length} records, ${nextSegment} segments`);
}

function noRepeats({ world, violations, shape, repeatsAllowed, counts }: Life, when: string): void {
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const { event } of world.hub.partitions.flat()) {
    if (seen.has(event.eventId)) repeated.push(`${event.properties.recordKey} version ${event.properties.version}`);
    seen.add(event.eventId);
  }
  if (shape.readable && repeated.length > 0)
    counts.set("repeated within the bound", (counts.get("repeated within the bound") ?? 0) + 1);
  if (shape.readable && repeated.length > repeatsAllowed) {
    violations.push(
      `${when}: ${repeated.length} events are in the hub twice, ${repeatsAllowed} allowed: ${repeated.slice(0, 5).join(", ")}`,
    );
  }
}

/** Everything visible was delivered or dead-lettered, once; nothing else was. */
function prove(life: Life): void {
  const { world, violations } = life;
  const inHub = new Set(world.hub.partitions.flat().map(({ event }) => event.eventId));
  const dead = new Set(world.deadLetters.letters(ROUTE).map(({ eventId }) => eventId));
  for (const record of world.records) {
    const name = `${record.key} version ${record.version} (visible from minute ${Math.round(record.visibleAt / MINUTE)})`;
    const arrived = inHub.has(record.eventId);
    if (record.refused && !dead.has(record.eventId)) violations.push(`lost: ${name} is no dead letter`);
    if (!record.refused && !arrived) violations.push(`lost: ${name}`);
    if (record.refused && arrived) violations.push(`${name} was refused and is in the hub`);
  }
}
