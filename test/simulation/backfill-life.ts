// One simulated life with backfills beside the live runs: killed and resumed, overlapping, one after the other.
import { backfill, type BackfillOutcome } from "../../src/pipeline/backfill.ts";
import type { BackfillRequest } from "../../src/pipeline/backfill-plan.ts";
import { BridgeError } from "../../src/errors.ts";
import { createChance } from "./chance.ts";
import { createFate } from "./fate.ts";
import { openBridge, OVER, run, type Life } from "./life.ts";
import { checkRun, checkState, nameOf, noRepeats } from "./proof.ts";
import { createScheduler, type Process } from "./scheduler.ts";
import { textOf } from "./text-of.ts";
import { createWorld, HOUR, MINUTE } from "./world.ts";

export interface BackfillLife {
  readonly kills: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** How the backfills ended. */
  readonly endings: ReadonlyMap<string, number>;
}

const MOST_CALM_HOURS = 60;

export async function simulateBackfills(seed: number): Promise<BackfillLife> {
  const chance = createChance(seed);
  const fate = createFate(seed);
  const scheduler = createScheduler();
  const parts = chance.happens(0.4) ? ["north", "south"] : [""];
  const hours = chance.between(4, 8);
  const world = createWorld(scheduler, chance, fate, { parts, hours, devices: chance.between(2, 8), morePlaces: [] });
  const startAt = chance.between(2, hours - 1) * HOUR + chance.between(0, 999);
  const life: Life = {
    world,
    shape: {
      source: {
        parts,
        ascending: parts.length === 1 && chance.happens(0.4),
        limit: chance.pick([15, 999]),
        pageSize: chance.between(3, 40),
        pageMs: chance.pick([400, 8_000]),
      },
      budgetMs: 8 * MINUTE,
      inFlightBytes: 5_000,
      loadBytes: chance.pick([1, 2_000, 100_000]),
      saveBytes: chance.pick([1, 5_000]),
      readBackBytes: chance.pick([20_000, 1e9]),
      startAt,
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
  const killChance = chance.pick([0.002, 0.01]);
  const middle = chance.between(1, startAt - 1);
  // The second one overlaps with what the first one and the live route have, and is what is left.
  const requests: readonly BackfillRequest[] = [
    { from: middle, to: startAt, again: false },
    { from: 0, to: startAt + HOUR, again: false },
  ];
  const endings = new Map<string, number>();
  let done = 0;
  let readFrom = Number.POSITIVE_INFINITY;
  let started = 0;
  let refused = false;
  let backfills: Process[] = [];
  const alive: Process[] = [];

  function note(process: Process, ending: string): void {
    world.note(`${process.name}: ${ending}`);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }

  async function work(process: Process, request: BackfillRequest): Promise<BackfillOutcome | undefined> {
    const { routes, deps, ports } = openBridge(process, life);
    const [route] = routes;
    if (route === undefined) throw new Error("no route");
    readFrom = Math.min(readFrom, scheduler.now);
    const never = new AbortController();
    life.controllers.push(never);
    const { book, letters } = ports;
    const pace = { turnMs: 30_000, share: 0.5, giveWayMs: 20_000 };
    try {
      return await backfill(route, request, { ...deps, book, letters, pace, stop: never.signal });
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      note(process, error.code);
      // As the error says: the one that is open goes first.
      refused = error.code === "BACKFILL_REFUSED" && requests[done] === request;
      return undefined;
    }
  }

  function start(request: BackfillRequest): void {
    const process = scheduler.startProcess(`backfill ${(started += 1)}`);
    backfills.push(process);
    alive.push(process);
    const ended = (): void => {
      backfills = backfills.filter((one) => one !== process);
    };
    async function watch(): Promise<void> {
      try {
        const outcome = await work(process, request);
        if (outcome === undefined) return;
        note(process, outcome.kind === "blocked" ? outcome.error.code : outcome.kind);
        if ((outcome.kind === "done" || outcome.kind === "nothing-to-do") && requests[done] === request) done += 1;
      } catch (error) {
        life.violations.push(`bug: ${process.name} threw ${textOf(error)}`);
      } finally {
        ended();
      }
    }
    void watch();
  }

  /** Resumes what has died or stopped; at times two work on the same, or one comes too early. */
  function startBackfills(): void {
    backfills = backfills.filter((process) => process.alive);
    const request = requests[done];
    if (request === undefined || scheduler.now < startAt + HOUR) return;
    const next = requests[done + 1];
    if (backfills.length === 0) start(refused && next !== undefined ? next : request);
    refused = false;
    if (world.faults && fate.strikes("rival backfill", 0.2)) start(request);
    if (next !== undefined && world.faults && fate.strikes("early backfill", 0.2)) start(next);
  }

  async function passUntil(at: number): Promise<void> {
    let reached = false;
    scheduler.after(world.nature, at - scheduler.now, () => {
      reached = true;
    });
    await scheduler.run(() => reached);
  }

  async function runLive(name: string): Promise<void> {
    if (scheduler.now < startAt + MINUTE) return;
    const process = scheduler.startProcess(name);
    alive.push(process);
    let ended = false;
    async function watch(): Promise<void> {
      try {
        checkRun(process, await run(process, life), life);
      } catch (error) {
        life.violations.push(`bug: ${name} threw ${textOf(error)}`);
      }
      ended = true;
    }
    void watch();
    await scheduler.run(() => ended || !process.alive);
    await checkState(life);
  }

  scheduler.onStep = (label) => {
    const victim = alive.find((process) => process.alive && label.startsWith(`${process.name} `));
    if (victim === undefined || !world.faults || !fate.strikes(`${label}: killed`, killChance)) return;
    world.note(`${victim.name} is killed at: ${label}`);
    life.kills += 1;
    scheduler.kill(victim);
  };

  for (let hour = 1; hour <= hours + 6; hour += 1) {
    await passUntil(hour * HOUR + fate.of(`hour ${hour}`).between(0, 1000));
    startBackfills();
    await passUntil(scheduler.now + fate.of(`wait ${hour}`).between(0, 3 * MINUTE));
    await runLive(`run ${hour}`);
    await passUntil(scheduler.now + fate.of(`again ${hour}`).between(0, 10 * MINUTE));
    startBackfills();
  }
  world.faults = false;
  let calm = 0;
  for (let hour = 1; (done < requests.length || calm < 2) && hour <= MOST_CALM_HOURS; hour += 1) {
    await passUntil(scheduler.now + HOUR);
    startBackfills();
    const before = life.caughtUp;
    await runLive(`calm ${hour}`);
    calm = life.caughtUp > before ? calm + 1 : 0;
  }
  if (done < requests.length)
    life.violations.push(`backfill: ${requests.length - done} of them did not come to an end`);
  await prove(life, startAt, readFrom);
  for (const controller of life.controllers) controller.abort(OVER);
  const { kills, violations } = life;
  return { kills, violations, trace: world.trace, endings };
}

/** Each event once over live runs and backfills; what became visible behind a backfill is not its business. */
async function prove(life: Life, startAt: number, readFrom: number): Promise<void> {
  const { world, violations } = life;
  for (const place of world.places) {
    noRepeats(life, place, "at the end");
    const events = place.hub.partitions.flat().map(({ event }) => event);
    const inHub = new Set(events.map(({ eventId }) => eventId));
    const dead = new Set(world.deadLetters.letters(place.route).map(({ eventId }) => eventId));
    const rows = new Set(world.store.deadLetters(place.route).map(({ eventId }) => eventId));
    for (const record of world.records) {
      if (record.time < startAt && record.visibleAt > readFrom) continue;
      const { eventId } = record;
      if (record.refused ? !dead.has(eventId) || !rows.has(eventId) : !inHub.has(eventId))
        violations.push(`lost: ${nameOf(record)}`);
    }
    for (const { properties } of events) {
      if (properties.route !== place.route) violations.push(`route: an event carries ${properties.route}`);
    }
    const { book } = await world.books.loadBook(place.route);
    if (book.open.length > 0) violations.push(`backfill: ${book.open.length} are open at the end`);
    for (const [part, spans] of Object.entries(book.delivered)) {
      const whole = spans.length === 1 && spans[0]?.from === 0 && spans[0].to === startAt;
      if (!whole) violations.push(`backfill: ${part} has delivered ${JSON.stringify(spans)}, not up to ${startAt}`);
    }
  }
}
