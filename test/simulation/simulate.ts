// One simulated life of the bridge under one seed: hours of runs with faults, kills, pauses and overlaps, then the proof.
import type { Sink } from "../../src/pipeline/ports.ts";
import { createChance } from "./chance.ts";
import { createFate } from "./fate.ts";
import { OVER, run, type Life } from "./life.ts";
import { checkRun, checkState, prove } from "./proof.ts";
import { planPushes, pushShape } from "./pushes.ts";
import { createScheduler, type Process, type Scheduler } from "./scheduler.ts";
import { textOf } from "./text-of.ts";
import { createWorld, HOUR, MINUTE, type World, type WorldOptions } from "./world.ts";

export interface Simulated {
  readonly seed: number;
  readonly steps: number;
  readonly runs: number;
  readonly kills: number;
  readonly stored: number;
  /** What does not hold; empty when everything does. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** Everything that was there and that struck, by name: a life limited to it is the same life. */
  readonly struck: readonly string[];
  /** How the runs ended, and how many read something back. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface SimulateOptions {
  /** Nothing but this is there and strikes: devices, runs and faults by name, see `Simulated.struck`. */
  readonly only?: ReadonlySet<string>;
  readonly spoil?: (sink: Sink) => Sink;
  /** Whether records are pushed in this life. Default: in some. */
  readonly withPush?: boolean;
}

const MOST_CALM_RUNS = 30;

export async function simulate(seed: number, { only, spoil, withPush }: SimulateOptions = {}): Promise<Simulated> {
  const chance = createChance(seed);
  const fate = createFate(seed, only);
  const scheduler = createScheduler();
  const parts = chance.happens(0.4) ? ["north", "south", "west"] : [""];
  const ascending = parts.length === 1 && chance.happens(0.4);
  const hours = chance.between(3, 9);
  const options = { parts, hours, devices: chance.between(2, 12), morePlaces: morePlaces(seed, hours) };
  const world = createWorld(scheduler, chance, fate, options);
  const source = {
    parts,
    ascending,
    limit: chance.pick([15, 60, 999]),
    pageSize: chance.between(3, 40),
    pageMs: chance.pick([400, 400, 20_000]),
  };
  const push = pushShape(seed, hours, withPush);
  const life: Life = {
    world,
    shape: {
      source,
      budgetMs: chance.pick([4 * MINUTE, 8 * MINUTE]),
      inFlightBytes: chance.pick([1, 5_000, 1e9]),
      loadBytes: chance.pick([1, 2_000, 100_000]),
      saveBytes: chance.pick([1, 5_000]),
      readBackBytes: chance.pick([10_000, 1e9]),
      ...(push === undefined ? {} : { push }),
      ...(spoil === undefined ? {} : { spoil }),
    },
    violations: [],
    runs: 0,
    kills: 0,
    caughtUp: 0,
    repeatsAllowed: 0,
    watermarks: new Map(),
    counts: new Map(),
    controllers: [],
    openSignal: new AbortController().signal,
    startAnother: () => undefined,
  };
  const [firstPlace] = world.places;
  if (firstPlace !== undefined) firstPlace.readable = !chance.happens(0.08);
  const killChance = chance.pick([0, 0.002, 0.01]);
  const pauseChance = chance.pick([0, 0, 0, 0.005]);
  let victims: readonly Process[] = [];
  const receivers = push === undefined ? undefined : planPushes(life);
  scheduler.onStep = (label) => {
    const victim = [...victims, ...(receivers?.processes() ?? [])].find(
      ({ name, alive }) => alive && label.startsWith(`${name} `),
    );
    if (victim === undefined || !world.faults) return;
    if (fate.strikes(`${label}: killed`, killChance)) kill(victim, label, life);
    else if (fate.strikes(`${label}: stands still`, pauseChance)) pause(victim, label, life);
  };

  for (let hour = 1; hour <= hours; hour += 1) {
    await passUntil(scheduler, world, hour * HOUR + fate.of(`hour ${hour}`).between(0, 1000));
    const names = [
      ...(fate.strikes(`run ${hour}`, 1) ? [`run ${hour}`] : []),
      ...(fate.strikes(`rival ${hour}`, 0.15) ? [`rival ${hour}`] : []),
    ];
    victims = names.map((name) => scheduler.startProcess(name));
    await runIn(victims, life);
    // The host fires a run again that had died; at times somebody starts one by hand.
    if (fate.strikes(`again ${hour}`, victims.some(({ alive }) => !alive) ? 0.5 : 0.1)) {
      victims = [scheduler.startProcess(`again ${hour}`)];
      await runIn(victims, life);
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
  for (const controller of life.controllers) controller.abort(OVER);
  const { violations, counts, runs, kills } = life;
  const partitions = world.places.flatMap(({ hub }) => hub.partitions);
  const stored = partitions.reduce((sum, events) => sum + events.length, 0);
  const { trace } = world;
  return { seed, steps: scheduler.steps, runs, kills, stored, violations, trace, struck: fate.struck, counts };
}

/** In some lives events go to two or three places: one may not be readable, one may be down for hours. */
function morePlaces(seed: number, hours: number): WorldOptions["morePlaces"] {
  // Of its own, so that lives with one place stay as they are.
  const chance = createChance(seed ^ 0x517);
  if (!chance.happens(LIVES_WITH_MORE_PLACES)) return [];
  return Array.from({ length: chance.between(1, 2) }, () => {
    const readable = chance.happens(0.6);
    const from = chance.between(0, hours - 1) * HOUR;
    const down = { from, to: from + chance.between(1, 3) * HOUR };
    return chance.happens(0.5) ? { readable, down } : { readable };
  });
}

const LIVES_WITH_MORE_PLACES = 0.1;

function kill(victim: Process, label: string, life: Life): void {
  life.world.note(`${victim.name} is killed at: ${label}`);
  life.kills += 1;
  life.world.scheduler.kill(victim);
}

function pause(victim: Process, label: string, life: Life): void {
  const { world } = life;
  const { fate, scheduler } = world;
  const chance = fate.of(`${victim.name} pause`);
  const pausedMs = chance.between(1000, 6 * MINUTE);
  world.note(`${victim.name} stands still for ${Math.round(pausedMs / 1000)} s at: ${label}`);
  // What it had handed over may arrive when it wakes up, long after another run has read back.
  life.repeatsAllowed += world.onTheWire.get(victim.name) ?? 0;
  scheduler.pause(victim, pausedMs, () => chance.next());
  // A machine that stands still is replaced by another one, which may wait out the lease meanwhile.
  if (fate.strikes(`${victim.name} is replaced`, 0.7)) {
    scheduler.after(world.nature, chance.between(100, 30_000), () => life.startAnother());
  }
}

/** Starts one run in each process and waits until each has ended or died. */
async function runIn(first: readonly Process[], life: Life): Promise<void> {
  const { scheduler } = life.world;
  const processes: Process[] = [];
  const ended = new Set<Process>();
  async function watch(process: Process): Promise<void> {
    try {
      checkRun(process, await run(process, life), life);
    } catch (error) {
      life.violations.push(`bug: ${process.name} threw ${textOf(error)}`);
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
  await checkState(life);
}

async function passUntil(scheduler: Scheduler, world: World, at: number): Promise<void> {
  let reached = false;
  scheduler.after(world.nature, at - scheduler.now, () => {
    reached = true;
  });
  await scheduler.run(() => reached);
}
