// What holds over any history of runs, whatever fails and whoever runs beside.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../../src/errors.ts";
import { LASTING_CAUSES, type RouteReport, type RunReport } from "../../../src/notify/notices/causes.ts";
import type { NoticeItem } from "../../../src/notify/notices/decide.ts";
import { memoryNotices } from "../../../src/notify/notices/memory-notices.ts";
import { MOST_MAILS_AN_HOUR } from "../../../src/notify/notices/pace.ts";
import { tell, type TellDeps } from "../../../src/notify/notices/tell.ts";
import { fc } from "../../fast-check.ts";
import { failed, failure, good, HOUR, MINUTE, run, START, TERMS } from "./history.ts";

const ROUTES = ["a@hub", "b@hub", "c@hub", "d@hub", "e@hub"];
const LASTING: ReadonlySet<string> = new Set(LASTING_CAUSES);

const fates: Readonly<Record<string, (route: string, at: number) => RouteReport>> = {
  good,
  quiet: (route, at) => good(route, at, { delivered: 0 }),
  down: (route, at) => failed(route, at, "API_UNAVAILABLE"),
  refused: (route, at) => failed(route, at, "SINK_UNAUTHORIZED"),
  stuck: (route, at) => failed(route, at, "WINDOW_SATURATED", { watermark: START - 9 * HOUR }),
  identity: (route, at) => failed(route, at, "IDENTITY_MISMATCH"),
  behind: (route, at) => good(route, at, { ending: "out-of-time", watermark: START - 9 * HOUR }),
  letters: (route, at) => good(route, at, { deadLettered: 3 }),
  late: (route, at) => good(route, at, { warnings: [failure("LATE_NEAR_LOOKBACK")] }),
  elsewhere: (route, at) => good(route, at, { ending: "unknown" }),
};

const step = fc.record({
  pause: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 30, max: 600 })),
  fates: fc.array(fc.constantFrom(...Object.keys(fates)), { minLength: ROUTES.length, maxLength: ROUTES.length }),
  /** Goes on while the next one begins, in another process. */
  beside: fc.boolean(),
  outboxIsDown: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  wrongSettings: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
});
const steps = fc.array(step, { maxLength: 60 });

interface Mail {
  /** When it was decided, by which the cool-down counts. */
  readonly at: number;
  /** When the outbox had it. */
  readonly addedAt: number;
  readonly items: readonly NoticeItem[];
}

/** Processes that share what is remembered and the outbox, in any interleaving of their calls. */
function processes(scheduler: fc.Scheduler) {
  const store = memoryNotices();
  const mails = new Map<string, Mail>();
  let ids = 0;
  const turn = () => scheduler.schedule(Promise.resolve());
  async function tellOf(report: RunReport, outboxIsDown: boolean): Promise<void> {
    const deps: TellDeps = {
      terms: TERMS,
      store: {
        load: async () => {
          await turn();
          return store.load();
        },
        save: async (...change) => {
          await turn();
          return store.save(...change);
        },
      },
      newId: () => `mail ${(ids += 1)}`,
      write: ({ at, to, items }) => ({
        to: [...to],
        subject: "",
        text: JSON.stringify({ at, items }),
      }),
      async add({ id, text }) {
        await turn();
        if (outboxIsDown) throw new BridgeError("STATE_UNAVAILABLE", "down", { fix: "wait" });
        const { at, items }: Pick<Mail, "at" | "items"> = JSON.parse(text);
        if (!mails.has(id)) mails.set(id, { at, addedAt: report.at, items });
      },
    };
    try {
      await tell(report, deps);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
    }
  }
  return { tellOf, mails, store };
}

/** Runs the history, then `tail` runs an hour apart in which every route has one fate. */
async function live(
  history: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  scheduler: fc.Scheduler,
  tail: { readonly fate: string; readonly hours: number },
) {
  const world = processes(scheduler);
  let now = START;
  let beside: Promise<void>[] = [];
  for (const one of history) {
    now += one.pause * MINUTE;
    const at = now;
    const routes = ROUTES.map((route, index) => (fates[one.fates[index] ?? ""] ?? good)(route, at));
    const report = one.wrongSettings ? run(at, [], { settings: failure("SETTINGS_INVALID") }) : run(at, routes);
    beside.push(world.tellOf(report, one.outboxIsDown));
    if (one.beside && beside.length < 3) continue;
    await scheduler.waitFor(Promise.all(beside));
    beside = [];
  }
  await scheduler.waitFor(Promise.all(beside));
  const tailFrom = now;
  for (let hour = 1; hour <= tail.hours; hour += 1) {
    now += HOUR;
    const at = now;
    const routes = ROUTES.map((route) => (fates[tail.fate] ?? good)(route, at));
    await scheduler.waitFor(world.tellOf(run(at, routes), false));
  }
  const mails = [...world.mails.values()];
  return { mails, tailFrom, items: mails.flatMap(({ at, items }) => items.map((item) => ({ at, ...item }))), world };
}

const whole = { numRuns: 60 };
/** Cool-down, the longest pause between two digests, and the failures in a row. */
const LONG_ENOUGH = 24 + 8 + TERMS.afterFailures + 2;

describe("over any history", () => {
  it("no hour has more mails than the limit, and no mail is lost", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.scheduler(), async (history, scheduler) => {
        const { mails, world } = await live(history, scheduler, { fate: "good", hours: 1 });
        const times = mails.map(({ addedAt }) => addedAt);
        for (const from of times) {
          expect(times.filter((time) => time >= from && time < from + HOUR).length).toBeLessThanOrEqual(
            MOST_MAILS_AN_HOUR,
          );
        }
        expect((await world.store.load()).state.waiting).toEqual([]);
      }),
      whole,
    );
  });

  it("nothing is told twice within its cool-down", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.scheduler(), async (history, scheduler) => {
        const { items } = await live(history, scheduler, { fate: "down", hours: 3 });
        const last = new Map<string, number>();
        for (const { at, due, cause, where } of items) {
          if (due === "over") continue;
          const key = `${cause} ${where}`;
          expect(at - (last.get(key) ?? -Infinity), key).toBeGreaterThanOrEqual(TERMS.coolDownMs);
          last.set(key, at);
        }
      }),
      whole,
    );
  });

  it("each lasting cause that was told is told to be over exactly once", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.scheduler(), async (history, scheduler) => {
        const { items } = await live(history, scheduler, { fate: "good", hours: LONG_ENOUGH });
        const open = new Set<string>();
        for (const { due, cause, where } of items.filter((item) => LASTING.has(item.cause))) {
          const key = `${cause} ${where}`;
          // Begun when it is not open; told again, or over, only when it is.
          expect(open.has(key), `${due} ${key}`).toBe(due !== "begun");
          if (due === "begun") open.add(key);
          if (due === "over") open.delete(key);
        }
        expect([...open]).toEqual([]);
      }),
      whole,
    );
  });

  it.each([
    ["down", "failing"],
    ["refused", "failing"],
    ["stuck", "incomplete"],
    ["identity", "identity"],
    ["behind", "stale"],
    ["quiet", "quiet"],
    ["letters", "dead-letters"],
    ["late", "late"],
  ])("what lasts is told of every route: %s", async (fate, cause) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.scheduler(), async (history, scheduler) => {
        // Quiet begins only after a day, and then may still have to cool down.
        const hours = LONG_ENOUGH + (fate === "quiet" ? 24 : 0);
        const { items } = await live(history, scheduler, { fate, hours });
        const open = new Map<string, boolean>();
        for (const item of items.filter((one) => one.cause === cause)) open.set(item.where, item.due !== "over");
        expect(ROUTES.filter((route) => open.get(route) !== true)).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });
});
