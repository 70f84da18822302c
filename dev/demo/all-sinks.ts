// The demo with several kinds of sinks: one source into all of them, each down for an hour in its turn, and a proof of each.
import { bridgeOpener } from "../../src/app.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { forwardHandler } from "../../src/functions/forward.ts";
import { createExpectation } from "./expectation.ts";
import { demoFeeds } from "./feeds.ts";
import { prove, type Proof, type ProvenEvent } from "./proof.ts";
import { demoSettings, LOOKBACK_MS, startOf } from "./scenario.ts";
import type { DemoSink } from "./sinks/sink.ts";
import { HOUR_MS, type StandIns } from "./stand-ins.ts";
import { fireTimer, type Invocation } from "./timer-host.ts";

export interface SinkProof extends Proof {
  readonly sink: string;
  /** Runs that left one of its routes blocked: exactly one, the hour in which it is down. */
  readonly blockedRuns: number;
  /** Routes of its that did not catch up in a run while it was up. */
  readonly heldUp: number;
}

/** An hour before, one for each sink to be down in, and one to catch up. */
export function leastHours(sinks: readonly DemoSink[]): number {
  return sinks.length + 2;
}

export interface SinkRun {
  readonly at: Date;
  readonly sink: string;
  readonly isDown: boolean;
  readonly summaries: Invocation["summaries"];
}

/** App settings of a bridge that sends everything to each of the sinks. */
export function settingsFor(standIns: StandIns, sinks: readonly DemoSink[]): Environment {
  const { EVENT_HUB_CONNECTION_STRING: _plain, ...settings } = demoSettings(standIns);
  const entries = sinks.map(({ name, entry }) => ({ name, kind: name, ...entry }));
  return Object.assign(settings, ...sinks.map(({ environment }) => environment), { SINKS: JSON.stringify(entries) });
}

/** What the sinks hold, and what each of them should hold. */
export interface Held {
  readonly sink: string;
  readonly events: readonly ProvenEvent[];
  prove(events: readonly ProvenEvent[]): SinkProof;
}

/** Fires the timer once an hour; `noteRun` gets what each run did for each sink. */
export async function runSinks(
  standIns: StandIns,
  sinks: readonly DemoSink[],
  hours: number,
  noteRun: (run: SinkRun) => void,
): Promise<readonly Held[]> {
  const { clock, microshare } = standIns;
  const feeds = demoFeeds(microshare);
  const start = startOf(clock);
  const handler = forwardHandler(
    bridgeOpener({
      environment: settingsFor(standIns, sinks),
      readFiles: () => ({ functionTimeout: "00:10:00" }),
      now: () => clock.now,
      wait: async (_ms, signal) => signal.throwIfAborted(),
    }),
  );
  const books = sinks.map((sink) => ({
    sink,
    expectation: createExpectation(microshare, start, LOOKBACK_MS),
    blockedRuns: 0,
    heldUp: 0,
  }));
  for (let hour = 0; hour < hours; hour += 1) {
    const down = sinks[hour - 1];
    const comeBack = down?.goDown();
    const invocation = await fireTimer(handler);
    comeBack?.();
    for (const book of books) {
      const { name } = book.sink;
      const summaries = invocation.summaries.filter(({ route }) => String(route).endsWith(`@${name}`));
      const caughtUp = new Set(summaries.filter(({ outcome }) => outcome === "caught-up").map(({ route }) => route));
      for (const feed of feeds) {
        if (caughtUp.has(`${feed.name}@${name}`)) book.expectation.noteRun(feed, clock.now);
        else if (book.sink !== down) book.heldUp += 1;
      }
      if (caughtUp.size < feeds.length) book.blockedRuns += 1;
      noteRun({ at: new Date(clock.now), sink: name, isDown: book.sink === down, summaries });
    }
    clock.now += HOUR_MS;
  }
  return Promise.all(
    books.map(async ({ sink, expectation, blockedRuns, heldUp }): Promise<Held> => {
      return {
        sink: sink.name,
        events: await sink.read(),
        prove(events) {
          // Over all runs: what is found behind the watermark says that it is late.
          const proof = prove(events, feeds, expectation.expected, () => 0);
          const holds = proof.holds && blockedRuns === 1 && heldUp === 0;
          return { sink: sink.name, ...proof, blockedRuns, heldUp, holds };
        },
      };
    }),
  );
}
