// The only place that constructs: from app settings to clients, stores, sinks and routes.
import type { FeedRoutes } from "./config/feed-sinks.ts";
import { loadSettings, secretsOf } from "./config/load-settings.ts";
import { settingsError } from "./config/problems.ts";
import type { Settings } from "./config/settings.ts";
import type { BridgeError } from "./errors.ts";
import { createMicroshareApi, type RequestEvent, type SignedInApi } from "./microshare/api.ts";
import { createViewDefinitions, type FeedDeps } from "./microshare/feed-source.ts";
import type { NoticesOfRun } from "./open-notices.ts";
import { openRoutes, openSinks } from "./open-routes.ts";
import { openState, type OpenState } from "./open-state.ts";
import { createOperations, type Operations } from "./operations/operations.ts";
import { createInFlight, loadBytesOf } from "./pipeline/in-flight.ts";
import { leaseTerms } from "./pipeline/lease.ts";
import { feedOf, routeName } from "./pipeline/route-name.ts";
import { proxyDispatcher } from "./proxy-dispatcher.ts";
import type { RetryPolicy } from "./retry.ts";
import { runRoutes, type RunDeps, type RunFacts, type RunPart } from "./run-routes.ts";
import { createRunTime } from "./run-time.ts";
import { openTable } from "./state/storage-clients.ts";
import { createLog, type WriteLine } from "./telemetry/log.ts";
import { createRedact } from "./telemetry/redact.ts";
import { summaryLine, type RunSummary } from "./telemetry/run-summary.ts";
import type { FinishedRequest, Telemetry } from "./telemetry/telemetry.ts";
import { tellOfWrongSettings } from "./tell-of-wrong-settings.ts";
import { wait } from "./wait.ts";
import { watcher, type Watcher, type WatchOptions } from "./watch.ts";
import { lettersWithoutPersonalFields } from "./without-personal-fields.ts";

export { appBringsLines, type LineTap } from "./watch.ts";
export type { OpenNotify } from "./open-notify.ts";
export type { WriteLine } from "./telemetry/log.ts";

export interface BridgeOptions extends WatchOptions {
  /** Of the process, where others share it. Default: one of its own. */
  readonly watch?: Watcher;
  /** Time and waiting, for a run in simulated time. */
  readonly now?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborts when the process is told to end: runs read no more then, and send and save what they have. */
  readonly stop?: AbortSignal;
}

/** The bridge for the length of one run. */
export interface Bridge {
  /** Forwards every route once; see `runRoutes` for what it resolves with and throws. */
  run(facts: RunFacts, part?: RunPart): Promise<readonly RunSummary[]>;
  /** What an operator does by hand. `owner` names him to those who find the lease. */
  operations(owner: string): Operations;
  /** Closes the sinks and delivers telemetry. Never throws for a connection or an endpoint that is gone already. */
  close(): Promise<void>;
}

/** Throws `SETTINGS_INVALID` with every problem when the settings are wrong: each run, never the load of the app. */
export type OpenBridge = (write: WriteLine) => Promise<Bridge>;

/**
 * The opener keeps what is worth keeping from run to run in one process: the connections to Microshare and its token,
 * and the connection to the store.
 * Links to the hub are opened anew each time: after an hour without use the service has closed them.
 */
export function bridgeOpener(options: BridgeOptions): OpenBridge {
  const clock = { now: options.now ?? Date.now, wait: options.wait ?? wait, random: Math.random };
  let api: SignedInApi | undefined;
  let definitions: FeedDeps["definitions"] | undefined;
  let state: OpenState | undefined;
  const devices = new Map<string, Map<string, string>>();
  const watch = options.watch ?? watcher(options);

  function knownDevices(sink: string): Map<string, string> {
    const known = devices.get(sink) ?? new Map<string, string>();
    devices.set(sink, known);
    return known;
  }

  async function open(write: WriteLine, telemetry: Telemetry): Promise<Bridge> {
    const loaded = loadSettings(options.environment, options.readFiles());
    if (loaded.kind === "invalid") {
      const error = reported(settingsError(loaded.problems), write);
      await tellOfWrongSettings(error, options.environment, write, clock.now);
      throw error;
    }
    const { settings } = loaded;
    const kept = (api ??= openApi(settings, clock, telemetry));
    const { removePersonalFields } = settings;
    const inFlight = createInFlight(settings.inFlightMaxBytes);
    const reading = {
      inFlight,
      // Those of views wait beside what is counted.
      bytesAhead: inFlight.maxBytes / 4,
      definitions: (definitions ??= createViewDefinitions(kept, clock.now)),
      removePersonalFields,
      // One more than are in flight, so that the next request leaves the moment that an answer is complete.
      pagesAhead: settings.microshare.concurrency + 1,
    };
    const opened = (state ??= await openState(settings, telemetry, options.now));
    const { connection, store, sight, routeIndex, deadLetters, letters, pushClaims, bodies, book } = opened;
    const dispatcher = proxyDispatcher(settings.proxy);
    const { sendTimeoutMs } = settings;
    const sinks = await openSinks(settings.routes, {
      sendTimeoutMs,
      dispatcher,
      environment: options.environment,
      telemetry,
      knownDevices,
      ...clock,
    });
    const redact = createRedact(secretsOf(options.environment));
    const log = createLog(write, settings.logLevel, redact);
    // One value a run: the queries of a run differ from those of the last one, so that no cached view answers them.
    const jitter = LEAST_JITTER_MS + Math.floor(clock.random() * JITTER_SPAN_MS);
    const routes = settings.routes.flatMap((one) =>
      openRoutes(one, kept, sinks, { ...reading, jitterMs: () => jitter }),
    );
    const work = () => ({
      store,
      redact,
      time: createRunTime(settings.timeBudgetMs, undefined, options.stop),
      // Real time whatever the clock: a lease is a promise to other processes.
      clock: { monotonicNow: () => performance.now(), wait },
      leaseTerms: leaseTerms(settings.leaseTermMs, settings.sendTimeoutMs),
      readBackBytes: READ_BACK_BYTES,
      inFlight,
      loadBytes: loadBytesOf(inFlight),
      saveBytes: SAVE_BYTES,
      now: clock.now,
    });
    const noticesOfRun = async (): Promise<NoticesOfRun | undefined> => {
      if (settings.notices === undefined) return undefined;
      const { createNotices } = await import("./open-notices.ts");
      const table = openTable(connection, settings.state.table);
      const notices = createNotices({ settings: settings.notices, table, redact, log, now: clock.now });
      return notices.ofRun(routes, settings.timeBudgetMs);
    };
    const oldest = (): number => clock.now() - settings.state.deadLetterRetentionMs;
    return {
      run: async (facts, part = {}) =>
        runRoutes(routes, facts, {
          ...part,
          ...work(),
          routeIndex,
          deadLetters,
          pushClaims,
          log,
          sliceMaxBytes: settings.sliceMaxBytes,
          // A feed rarely has more than one request on its way.
          feedsAtOnce: settings.microshare.concurrency,
          expireDeadLetters: async (route) => void (await letters.expireDeadLetters(route, oldest())),
          ...watched(telemetry),
          ...(await noticesOfRun()),
        }),
      operations: (owner) => {
        const replayed = removePersonalFields ? lettersWithoutPersonalFields(letters) : letters;
        const { schedule, timeBudgetMs } = settings;
        return createOperations(routes, {
          ...work(),
          letters: replayed,
          deadLetters,
          bodies,
          book,
          sliceMaxBytes: settings.sliceMaxBytes,
          owner,
          sight,
          routeIndex,
          schedule,
          timeBudgetMs,
          under: {
            settings,
            files: options.readFiles(),
            api: kept,
            definitions: reading.definitions,
            sinks,
            connection,
          },
        });
      },
      async close() {
        await Promise.all([...sinks.values()].map((sink) => sink.close()));
      },
    };
  }

  return async (write) => {
    const { telemetry, write: told, deliver } = await watch(write);
    try {
      const bridge = await open(told, telemetry);
      return {
        ...bridge,
        run: (facts, part) => telemetry.run(facts, () => bridge.run(facts, part)),
        async close() {
          await bridge.close();
          await deliver();
        },
      };
    } catch (error) {
      await deliver();
      throw error;
    }
  };
}

/** What of a run goes into spans and counters. */
function watched(telemetry: Telemetry): Pick<RunDeps, "aroundTurn" | "onOutcome"> {
  if (!telemetry.on) return {};
  return {
    aroundTurn: ({ name, feed }, turn) => telemetry.turn({ route: name, feed }, turn),
    onOutcome: (outcome, endedAt) =>
      telemetry.outcome({ route: outcome.route, feed: feedOf(outcome.route) }, outcome, endedAt),
  };
}

/** So that those who watch the summary lines see this failure too. */
function reported(error: BridgeError, write: WriteLine): BridgeError {
  const { code, message, fix } = error;
  write("error", summaryLine({ outcome: "blocked", error: { code, message, fix } }));
  return error;
}

/** Of answers: a save every second or so in full swing, and seconds to read back from the hub after a crash. No memory waits for it. */
const SAVE_BYTES = 16 * 1024 * 1024;

/** Of events read back in one run: some seconds on one throughput unit, which others share. */
const READ_BACK_BYTES = 128 * 1024 * 1024;

/** At most about 8 s of waiting: what does not pass by then waits for the next run. */
const API_RETRIES: RetryPolicy = { attempts: 4, baseDelayMs: 1000, maxDelayMs: 30_000 };
/** One call with all its tries; several times the longest good answer seen (30 s). */
const API_TOTAL_TIMEOUT_MS = 3 * 60_000;

interface Clock {
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

function openApi(
  { microshare, proxy, routes }: Pick<Settings, "microshare" | "proxy" | "routes">,
  clock: Clock,
  telemetry: Telemetry,
): SignedInApi {
  return createMicroshareApi({
    ...microshare,
    ...proxy,
    ...(telemetry.on ? { onRequest: (event) => telemetry.request(finishedRequest(event, routes)) } : {}),
    retry: API_RETRIES,
    totalTimeoutMs: Math.max(API_TOTAL_TIMEOUT_MS, 2 * microshare.requestTimeoutMs),
    ...clock,
  });
}

/** Reading for several routes at once belongs to none of them alone. */
function finishedRequest({ feed, ...event }: RequestEvent, routes: readonly FeedRoutes[]): FinishedRequest {
  const [sink, ...more] = routes.find((one) => one.feed.name === feed)?.sinks ?? [];
  if (feed === undefined || sink === undefined || more.length > 0) return event;
  return { ...event, route: { route: routeName(feed, sink.name), feed } };
}

/** Some stored times have two decimals and are compared as text: ten milliseconds cover the missing one. */
const LEAST_JITTER_MS = 10;
const JITTER_SPAN_MS = 50;
