// npm run demo -- --dashboard: simulated hours at a visible pace, and `bridge dashboard` as it is over them.
import { once } from "node:events";
import { bridgeOpener } from "../../src/app.ts";
import { forwardHandler } from "../../src/functions/forward.ts";
import { startDashboard } from "./running-dashboard.ts";
import { demoSettings } from "./scenario.ts";
import { HOUR_MS, startStandIns } from "./stand-ins.ts";
import { printRun, printTitle } from "./table.ts";
import { fireTimer, type Invocation } from "./timer-host.ts";

export interface LiveDemo {
  /** Of the page. */
  readonly url: string;
  /** The timer fires, and an hour goes by. */
  hour(): Promise<{ readonly at: Date; readonly invocation: Invocation }>;
  close(): Promise<void>;
}

/** In every day of the demo: an hour without the API, and a record that no hub takes. */
const OUTAGE_HOUR = 4;
const TOO_LARGE_HOUR = 1;
const HOURS = 24;
const TOO_LARGE_BYTES = 1_500_000;

/** `everySeconds`: how often the page asks again. `fleet`: changes to that of the demo. */
export async function startLiveDemo(
  seed: number,
  everySeconds: number,
  fleet: DashboardDemoOptions["fleet"] = {},
): Promise<LiveDemo> {
  const standIns = await startStandIns(seed, {}, fleet);
  const { clock, microshare } = standIns;
  const environment = demoSettings(standIns);
  const time = {
    now: () => clock.now,
    wait: async (_ms: number, signal: AbortSignal): Promise<void> => signal.throwIfAborted(),
  };
  const handler = forwardHandler(
    bridgeOpener({ environment, readFiles: () => ({ functionTimeout: "00:10:00" }), ...time }),
  );
  const dashboard = await startDashboard(environment, { everySeconds, time });
  let hours = 0;
  return {
    url: dashboard.url,
    async hour() {
      const hour = hours % HOURS;
      hours += 1;
      if (hour === OUTAGE_HOUR) microshare.faults.outage(clock.now, clock.now + HOUR_MS);
      if (hour === TOO_LARGE_HOUR) {
        const data = { note: "x".repeat(TOO_LARGE_BYTES) };
        microshare.add({ recType: microshare.recTypes.motion, time: clock.now - HOUR_MS / 2, data });
      }
      const at = new Date(clock.now);
      const invocation = await fireTimer(handler);
      clock.now += HOUR_MS;
      return { at, invocation };
    },
    async close() {
      await dashboard.close();
      await standIns.close();
    },
  };
}

export interface DashboardDemoOptions {
  readonly seed: number;
  readonly write: (line: string) => void;
  readonly stop: AbortSignal;
  /** Of real time for an hour of simulated time. */
  readonly paceMs?: number;
  readonly fleet?: Parameters<typeof startStandIns>[2];
}

/** Until it is told to stop. */
export async function dashboardDemo({
  seed,
  write,
  stop,
  paceMs = 4000,
  fleet = {},
}: DashboardDemoOptions): Promise<void> {
  const demo = await startLiveDemo(seed, 2, fleet);
  try {
    write(`\nOpen ${demo.url} in a browser. Every ${paceMs / 1000} s are an hour; Ctrl-C ends it.\n`);
    printTitle(write);
    while (!stop.aborted) {
      const { at, invocation } = await demo.hour();
      printRun(at, invocation, write);
      await pause(paceMs, stop);
    }
  } finally {
    await demo.close();
  }
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const timer = new AbortController();
  const over = Promise.withResolvers<void>();
  const handle = setTimeout(over.resolve, ms);
  await Promise.race([over.promise, once(stop, "abort", { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  clearTimeout(handle);
}
