// One run in a simulated life, and what the runs of a life have in common.
import { forwardAll, type ForwardAllDeps, type RunResult } from "../../src/pipeline/forward-all.ts";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import type { Route } from "../../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import type { Chance } from "./chance.ts";
import { portsOf, type SourceOptions } from "./ports.ts";
import type { PushShape } from "./pushes.ts";
import type { Process } from "./scheduler.ts";
import { HOUR, LOOKBACK, MINUTE, SETTLE_DELAY, type Place, type World } from "./world.ts";

export interface RunShape {
  readonly source: SourceOptions;
  readonly budgetMs: number;
  readonly inFlightBytes: number;
  readonly loadBytes: number;
  readonly saveBytes: number;
  readonly readBackBytes: number;
  /** Absent in lives without push. */
  readonly push?: PushShape;
  /** Where the routes begin. Default: where the records do. */
  readonly startAt?: number;
  /** Breaks a promise on purpose, for the test of the simulation itself. */
  readonly spoil?: (sink: Sink) => Sink;
}

export interface Life {
  readonly world: World;
  readonly shape: RunShape;
  /** What does not hold; each begins with what kind it is of, and a colon. */
  readonly violations: string[];
  runs: number;
  kills: number;
  /** Runs that ended so. */
  caughtUp: number;
  /** Beyond the first, where the guarantees allow them. */
  repeatsAllowed: number;
  /** By route. */
  readonly watermarks: Map<string, number>;
  readonly counts: Map<string, number>;
  /** Of all runs, those that were killed too. */
  readonly controllers: AbortController[];
  /** Never aborts. */
  readonly openSignal: AbortSignal;
  /** One more run beside those under way. */
  startAnother(): void;
}

export function count({ counts }: Pick<Life, "counts">, ending: string): void {
  counts.set(ending, (counts.get(ending) ?? 0) + 1);
}

/** One for all: making one each time, with its stack, would take a good part of the time. */
export const OVER = new Error("the time is over");

/** One run of the real pipeline in a process of the simulated world. */
export function run(process: Process, life: Life): Promise<RunResult> {
  const { routes, deps } = openBridge(process, life);
  return forwardAll(routes, deps);
}

/** What a process of the simulated world makes of its settings. */
export function openBridge(process: Process, life: Life) {
  const { world, shape } = life;
  const { scheduler } = world;
  let skewMs = 0;
  const setClock = (ms: number): void => {
    skewMs = ms;
    world.note(`${process.name}: its clock is wrong by ${Math.round(ms / 1000)} s`);
  };
  const chance = world.fate.of(`${process.name} clock`);
  if (world.faults && world.fate.strikes(`${process.name} has a wrong clock`, 0.15)) setClock(clockError(chance));
  if (world.faults && world.fate.strikes(`${process.name} has a clock that steps`, 0.1)) {
    scheduler.after(world.nature, chance.between(0, MINUTE), () => setClock(clockError(chance)));
  }
  const now = (): number => scheduler.now + skewMs;
  const ports = portsOf(world, process, { skewMs: () => skewMs });
  const source = ports.source(shape.source);
  const { push } = shape;
  const pushed = push !== undefined && scheduler.now >= push.from && scheduler.now < push.to;
  const routeTo = ({ route: name, readable }: Place, index: number): Route => ({
    name,
    push: pushed && readable,
    feed: "simulated",
    source,
    sink: sinkAt(ports.sinks, index, shape),
    timing: {
      startAt: () => shape.startAt ?? 0,
      lookbackMs: LOOKBACK,
      deepLookbackMs: 2 * LOOKBACK,
      settleDelayMs: SETTLE_DELAY,
      windowMs: HOUR,
    },
    updates: "forward",
  });
  const endsAt = scheduler.now + shape.budgetMs + (world.faults ? 0 : HOUR / 2);
  const deps: ForwardAllDeps = {
    store: ports.store,
    deadLetters: ports.deadLetters,
    pushClaims: ports.claims,
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
        const cancel = scheduler.after(process, ms, () => controller.abort(OVER));
        return { signal: controller.signal, cancel };
      },
    },
    inFlight: createInFlight(shape.inFlightBytes),
    sliceMaxBytes: 5_000,
    loadBytes: shape.loadBytes,
    saveBytes: shape.saveBytes,
  };
  return { routes: world.places.map(routeTo), deps, ports };
}

function sinkAt(sinks: readonly Sink[], index: number, { spoil }: RunShape): Sink {
  const sink = sinks[index];
  if (sink === undefined) throw new RangeError(`no place ${index}`);
  return spoil?.(sink) ?? sink;
}

/** Mostly below the settle delay, where it must do no harm; at times an hour, where the feed must stop. */
export function clockError(chance: Chance): number {
  return chance.happens(0.3) ? chance.pick([-HOUR, HOUR]) : chance.between(-40_000, 40_000);
}
