// One world of the chaos proof: a bridge of its own with its hub, its table, its records and its faults.
import { setTimeout as sleep } from "node:timers/promises";
import { createExpectation } from "../demo/expectation.ts";
import { prove, readHub, type Proof } from "../demo/proof.ts";
import type { StandIns } from "../demo/stand-ins.ts";
import { startApp, type AppProcess, type RunEnd } from "./app-process.ts";
import { delayAnswers, type HubFaults } from "./hub-faults.ts";
import { drawFrom, MAX_STORE_MS } from "./plan.ts";
import { environmentOf, LOOKBACK_MS, SETTLE_MS } from "./environment.ts";
import { startRelays } from "./relays.ts";
import { createStock, feedsOf, MAX_LATE_MS } from "./stock.ts";
import { summariesIn } from "../demo/timer-host.ts";
import { watchWatermarks } from "./watermarks.ts";

export interface Kill {
  /** At the moment of the kill. */
  readonly storedTransfers: number;
  readonly storedEvents: number;
  readonly heldTransfers: number;
  /** The run that was killed came after another kill. */
  readonly afterKill: boolean;
}

export interface WorldResult {
  readonly world: string;
  readonly kills: readonly Kill[];
  readonly runs: number;
  /** By outcome of a route in a run; failures by their code. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Events that a killed or failed run had sent without recording it, found by reading back. */
  readonly recovered: number;
  readonly socketFaults: Readonly<Record<string, number>>;
  readonly proof: Proof;
  readonly watermarkLooks: number;
  readonly watermarksMovedBack: readonly string[];
  /** Set when the feeds were not caught up in the end. */
  readonly unfinished?: string;
}

export interface WorldOptions {
  readonly world: string;
  readonly seed: number;
  /** Folder of the built app. */
  readonly app: string;
  readonly standIns: Pick<StandIns, "azurite" | "microshare" | "hubs">;
  /** Told what happens, for those who look for the reason of a failure. */
  readonly trace: (line: string) => void;
  /** The number of the next kill, or undefined when there were enough. */
  readonly nextKill: () => number | undefined;
}

/** Runs of the final phase at most: one takes over from the last kill, one reads what came late, one finds nothing; a busy machine needs more. */
const MOST_LAST_RUNS = 10;

/** A socket fault waits for an open connection. */
const STRIKE_AGAIN_MS = 20;
/** A bridge that does nothing is never killed while it sends: the proof then ends, and does not count. */
const MOST_ESCAPES = 20;

export async function runWorld({
  world,
  seed,
  app,
  standIns,
  nextKill,
  ...options
}: WorldOptions): Promise<WorldResult> {
  const { microshare, hubs, azurite } = standIns;
  const draws = drawFrom(seed, world);
  const feeds = feedsOf(microshare, world);
  const start = Date.now();
  const expectation = createExpectation(microshare, start, LOOKBACK_MS, SETTLE_MS);
  const stock = createStock(microshare, feeds, seed, world);
  const relays = await startRelays(standIns);
  const environment = environmentOf({ world, start, feeds, standIns, relays });
  const watermarks = watchWatermarks(azurite.connectionString, environment.STATE_TABLE);
  const kills: Kill[] = [];
  const outcomes = new Map<string, number>();
  const struck = new Map<string, number>();
  /** Nothing that was sent before belongs to a run that began later. */
  const boundaries: number[] = [];
  let recovered = 0;
  let runs = 0;
  let afterKill = false;
  let lastFailure: string | undefined;
  let running: AppProcess | undefined;
  const began = performance.now();
  const trace = (line: string): void =>
    options.trace(`${((performance.now() - began) / 1000).toFixed(1)} s ${world}: ${line}`);

  /** One firing of the timer. With `number` it is to be killed; resolves with false when it ended before that. */
  async function run(number: number | undefined): Promise<boolean> {
    running ??= await startApp(app, environment);
    const process = running;
    runs += 1;
    const attempt = runs;
    stock.fill();
    const over = new AbortController();
    const faults = delayAnswers(hubs, world, draws, attempt);
    trace(`run ${attempt}${afterKill ? " after a kill" : ""}`);
    const strikes = draws.socketFaults(attempt, afterKill).map(async ({ where, what, afterMs, lastsMs }) => {
      await sleep(afterMs, undefined, { signal: over.signal });
      while (!relays.strike(where, what, lastsMs)) await sleep(STRIKE_AGAIN_MS, undefined, { signal: over.signal });
      trace(`${where}: ${what}`);
      count(struck, `${where}: ${what}`);
    });
    const killsBefore = kills.length;
    const firedAt = Date.now();
    const ended = process.fire(afterKill);
    const killed = number === undefined ? undefined : killIn(number, attempt, faults, process, over.signal);
    try {
      const end = await Promise.race([ended, ...(killed === undefined ? [] : [killed])]);
      // Also when its last word was under way: the process is dead.
      const isKilled = kills.length > killsBefore;
      if (isKilled) {
        running = undefined;
        await killed;
      } else if (end !== undefined) note(end, firedAt);
      afterKill = isKilled;
      boundaries.push(Date.now() + (isKilled ? MAX_STORE_MS : 0));
      await watermarks.look();
      return isKilled;
    } finally {
      over.abort();
      faults.end();
      await Promise.allSettled(strikes);
    }
  }

  /** Resolves with undefined once the process is dead; never when the run is over before. */
  async function killIn(
    number: number,
    attempt: number,
    faults: Pick<HubFaults, "whenReceived">,
    process: AppProcess,
    over: AbortSignal,
  ): Promise<undefined> {
    const moment = draws.kill(number, attempt, afterKill);
    if (moment.kind === "after a transfer") await faults.whenReceived(moment.transfer);
    await sleep(moment.afterMs);
    if (over.aborted) return new Promise(() => undefined);
    // In one turn of the event loop: what the hub has not sent yet it can no longer send in time.
    const unanswered = hubs.faults.unanswered(world);
    const dead = process.kill();
    kills.push({ ...unanswered, afterKill });
    trace(`killed: ${JSON.stringify(moment)} ${JSON.stringify(unanswered)}`);
    await dead;
    return undefined;
  }

  /** Counts what a run that ended says of itself, and what it should have delivered. */
  function note(end: RunEnd, firedAt: number): { caughtUp: boolean; delivered: number } {
    let caughtUp = 0;
    let delivered = 0;
    for (const summary of summariesIn(end.lines)) {
      const { route, outcome, error } = summary;
      count(outcomes, outcome === "blocked" ? String(Object(error).code) : String(outcome));
      recovered += Number(summary["recovered"] ?? 0);
      delivered += Number(summary["delivered"] ?? 0);
      const feed = feeds.find(({ name }) => route === `${name}@event-hub`);
      if (feed === undefined || outcome !== "caught-up") continue;
      expectation.noteRun(feed, firedAt);
      caughtUp += 1;
    }
    trace(
      `ended: ${summariesIn(end.lines)
        .map((summary) => JSON.stringify(summary))
        .join(" ")} ${end.error ?? ""}`,
    );
    lastFailure = end.error;
    return { caughtUp: caughtUp === feeds.length, delivered };
  }

  async function killOften(): Promise<void> {
    for (let number = nextKill(); number !== undefined; number = nextKill()) {
      if (afterKill && draws.letThrough(runs)) await run(undefined);
      for (let escapes = 0; !(await run(number)); escapes += 1) {
        if (escapes === MOST_ESCAPES) return trace(`${MOST_ESCAPES} runs in a row ended before they were to be killed`);
        stock.rewrite(expectation.expected);
      }
    }
  }

  /** Without faults, until a run finds nothing new. */
  async function catchUp(): Promise<boolean> {
    stock.fill();
    const allVisible = Date.now() + MAX_LATE_MS + SETTLE_MS;
    for (let last = 0; last < MOST_LAST_RUNS; last += 1) {
      // A run after a kill has enough to wait for; the others begin when the last record can be read.
      if (!afterKill) await sleep(Math.max(0, allVisible - Date.now()));
      running ??= await startApp(app, environment);
      runs += 1;
      const firedAt = Date.now();
      const end = await running.fire(afterKill);
      if (end === undefined) throw new Error(`${world}: the process of the app ended by itself`);
      afterKill = false;
      boundaries.push(Date.now());
      const { caughtUp, delivered } = note(end, firedAt);
      if (caughtUp && delivered === 0 && firedAt >= allVisible) return true;
    }
    return false;
  }

  try {
    await killOften();
    const finished = await catchUp();
    await watermarks.stop();
    const events = await readHub(hubs.connectionString(world), world);
    const runOf = (event: { readonly enqueuedTimeUtc: Date }): number =>
      boundaries.filter((boundary) => boundary <= event.enqueuedTimeUtc.getTime()).length;
    return {
      world,
      kills,
      runs,
      outcomes: Object.fromEntries(outcomes),
      recovered,
      socketFaults: Object.fromEntries(struck),
      proof: prove(events, feeds, expectation.expected, runOf),
      watermarkLooks: watermarks.looks,
      watermarksMovedBack: watermarks.movedBack.map((step) => `${world}: ${step}`),
      ...(finished ? {} : { unfinished: `${world}: ${lastFailure ?? "new records in every run"}` }),
    };
  } finally {
    await running?.kill();
    await relays.close();
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
