// The whole bridge in a test: the real timer handler over real HTTP, AMQP and Azurite, in simulated time.
import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { fireTimer, type Firing, type Invocation } from "../../dev/demo/timer-host.ts";
import {
  startEventHubsEmulator,
  type EventHubsEmulator,
  type EventHubsEmulatorOptions,
  type StoredEvent,
} from "../../dev/event-hubs-emulator/index.ts";
import {
  startMicroshareSimulator,
  type MicroshareSimulator,
  type SimulatorOptions,
} from "../../dev/microshare-simulator/index.ts";
import { bridgeOpener, type BridgeOptions } from "../../src/app.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { forwardHandler } from "../../src/functions/forward.ts";
import { BridgeError } from "../../src/errors.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { bridgeSecrets, signaturesIn } from "../secrets/bridge-secrets.ts";
import { startRecorder, type Recorder } from "../secrets/recorder.ts";
import { noLeaksIn } from "../secrets/search.ts";
import { openState, type StateUnderTest } from "./state-under-test.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** When every test begins. */
export const START = Date.UTC(2025, 2, 4, 8);
export const HUB = "microshare";
export const SEED = 7;
/** Send and nothing else: the least right the bridge can do with. */
const sendKey = { name: "bridge", key: "c2VuZCBrZXkgb2YgdGhl+IGh1/Yg==", rights: ["Send"] } as const;

export type FeedEntry = Readonly<Record<string, unknown>>;

export interface BridgeUnderTestOptions {
  /** Entries of FEEDS; without them the one feed of the plain settings. */
  readonly feeds?: (microshare: MicroshareSimulator) => readonly FeedEntry[];
  readonly settings?: Environment;
  readonly simulator?: Partial<SimulatorOptions>;
  readonly hubs?: EventHubsEmulatorOptions;
  /** For a host that leaves log lines to the app. */
  readonly watch?: Pick<BridgeOptions, "tap" | "lastResort"> & Pick<Firing, "onLine">;
}

export interface BridgeUnderTest extends AsyncDisposable {
  /** Moves with every wait of the bridge, and by `nextHour`. */
  readonly clock: { now: number };
  readonly microshare: MicroshareSimulator;
  readonly hubs: EventHubsEmulator;
  readonly state: StateUnderTest;
  /** What the bridge waited for between tries, in milliseconds. */
  readonly waits: number[];
  readonly settings: Environment;
  /** What must not leave, beside the secrets of the settings and the tokens issued for them. */
  readonly secrets: string[];
  /** Hears all that leaves, for the search for secrets in the end. */
  readonly recorder: Recorder;
  /** Changes app settings and restarts the process, as Azure does. `undefined` takes one away. */
  set(changes: Environment): void;
  /** Closed with the bridge. */
  closeWith(item: { close(): void }): void;
  /** A new process: nothing but the state in storage is left. */
  restart(): void;
  /** The timer fires. */
  run(options?: { readonly pastDue?: boolean; readonly traceParent?: string }): Promise<Invocation>;
  /** The timer fires in another process, with the same settings. */
  runElsewhere(): Promise<Invocation>;
  /** To the next full hour. */
  nextHour(): void;
  /** What the hub holds of a feed (of all without a name), in the order of arrival. */
  events(feed?: string): readonly StoredEvent[];
}

/** Disposing closes the stand-ins, and throws when a secret has left by any way or a stand-in has failed. */
export async function startBridge(options: BridgeUnderTestOptions = {}): Promise<BridgeUnderTest> {
  const clock = { now: START };
  const recorder = startRecorder();
  const [azurite, microshare, hubs] = await Promise.all([
    sharedAzurite(),
    startMicroshareSimulator({
      seed: SEED,
      clock: { now: () => clock.now },
      fleet: { buildings: 0 },
      onRequest: recorder.onRequest,
      ...options.simulator,
    }),
    startEventHubsEmulator({
      hubs: [{ name: HUB, partitionCount: 2 }],
      keys: [sendKey],
      now: () => clock.now,
      // The SDK dates its own tokens by the real clock.
      tokenNow: Date.now,
      onBytes: recorder.onBytes,
      ...options.hubs,
    }),
  ]);
  const name = uniqueName("it");
  let settings: Environment = {
    MICROSHARE_USERNAME: microshare.credentials.username,
    MICROSHARE_PASSWORD: microshare.credentials.password,
    MICROSHARE_API_KEY: microshare.credentials.apiKey,
    MICROSHARE_AUTH_URL: microshare.authUrl,
    MICROSHARE_API_URL: microshare.apiUrl,
    MICROSHARE_APP_URL: microshare.appUrl,
    EVENT_HUB_CONNECTION_STRING: hubs.connectionString(HUB),
    AzureWebJobsStorage: await recorder.tapStorage(azurite.connectionString),
    STATE_TABLE: name,
    DEAD_LETTER_CONTAINER: name,
    START_FROM: "PT2H",
    ...(options.feeds === undefined ? {} : { FEEDS: JSON.stringify(options.feeds(microshare)) }),
    ...(await recorder.tapTelemetry(options.settings ?? {})),
  };
  const everySettings: Environment[] = [settings];
  const waits: number[] = [];
  const secrets: string[] = [];
  const closeLater: { close(): void }[] = [];
  const { tap, lastResort } = options.watch ?? {};
  const open = () =>
    forwardHandler(
      bridgeOpener({
        ...(tap && { tap }),
        ...(lastResort && { lastResort }),
        environment: settings,
        readFiles: () => ({ functionTimeout: "00:10:00" }),
        now: () => clock.now,
        async wait(ms, signal) {
          signal.throwIfAborted();
          waits.push(ms);
          clock.now += ms;
        },
      }),
    );
  let handler = open();
  const state = openState(
    TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true }),
    BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(name),
  );

  async function fire(on: ReturnType<typeof open>, pastDue = false, traceParent?: string): Promise<Invocation> {
    const { onLine } = options.watch ?? {};
    const firing = { ...(traceParent && { traceParent }), ...(onLine && { onLine }) };
    const invocation = await fireTimer(on, pastDue, firing);
    recorder.heardRun(invocation);
    return invocation;
  }

  return {
    clock,
    microshare,
    hubs,
    state,
    waits,
    secrets,
    recorder,
    get settings() {
      return settings;
    },
    set(changes) {
      settings = { ...settings, ...changes };
      everySettings.push(settings);
      handler = open();
    },
    closeWith: (item) => void closeLater.push(item),
    restart: () => void (handler = open()),
    run: ({ pastDue = false, traceParent } = {}) => fire(handler, pastDue, traceParent),
    runElsewhere: () => fire(open()),
    nextHour: () => void (clock.now = (Math.floor(clock.now / HOUR_MS) + 1) * HOUR_MS),
    events: (feed) => hubs.events(HUB).filter(({ properties }) => feed === undefined || properties["feed"] === feed),
    async [Symbol.asyncDispose]() {
      const logins = microshare.requests.filter(({ server }) => server !== "api").length;
      recorder.heard("state", "rows and blobs", await state.contents());
      const outgoing = recorder.outgoing();
      for (const item of [...closeLater, recorder]) item.close();
      await Promise.all([microshare.close(), hubs.close()]);
      noLeaksIn(outgoing, [
        ...secrets.map((value) => ({ name: "secret of the test", value })),
        ...bridgeSecrets(everySettings, { seed: SEED, logins }),
        ...signaturesIn(outgoing),
      ]);
    },
  };
}

/** The failures of a run by route, as the host records them in one error. */
export function failuresOf({ error, summaries }: Invocation): readonly BridgeError[] {
  if (error === undefined) return [];
  const all = error instanceof AggregateError ? error.errors : [error];
  return all.map((one: unknown) => {
    // Anything else is a bug: the test must show it whole.
    if (!(one instanceof BridgeError))
      throw new Error(`not an expected failure: ${JSON.stringify(summaries)}`, { cause: one });
    return one;
  });
}

/** The summary of one feed's route. */
export function summaryOf({ summaries, error }: Invocation, feed = "default"): Readonly<Record<string, unknown>> {
  const own = summaries.filter(({ route }) => route === `${feed}@event-hub`);
  if (own.length !== 1) throw new Error(`${own.length} summaries of ${feed}`, { cause: error });
  return own[0] ?? {};
}
