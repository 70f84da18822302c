// The Microshare simulator: three real HTTP servers over a data lake that fills itself as the clock moves.
import { addedRecord, nextVersion } from "./added-record.ts";
import { answerApi } from "./api.ts";
import { createClusters } from "./devices.ts";
import { createFaults } from "./faults.ts";
import { recTypes } from "./fleet-streams.ts";
import { createFleet } from "./fleet.ts";
import { answerAuth } from "./oauth.ts";
import { driftOf, withIgnoredPage } from "./page-faults.ts";
import { keyOf } from "./prng.ts";
import { account } from "./record.ts";
import { createRequestLog } from "./request-log.ts";
import { startServer } from "./server.ts";
import type { ServerParts } from "./server.ts";
import { createStore } from "./store.ts";
import type { Change } from "./store.ts";
import { createTokens } from "./tokens.ts";
import type { MicroshareSimulator, Quirks, SimulatorOptions } from "./types.ts";
import { completeView, readyMadeViews, viewRecType } from "./view-definitions.ts";
import type { ViewParts } from "./views.ts";
import { answerApp } from "./web-login.ts";

export type { FaultHandle, Faults, FaultScope } from "./faults.ts";
export type {
  FleetOptions,
  LoggedRequest,
  MicroshareSimulator,
  Quirks,
  RecordChange,
  RecordInput,
  SimulatedRecord,
  SimulatorOptions,
  VisibleQuery,
  WebLoginOutcome,
  WholeRequest,
} from "./types.ts";
export type { ViewInput } from "./view-definitions.ts";

const credentials = {
  username: account,
  // Every character that a careless query string would break.
  password: "p#a?s!s^w$o&r@d+ 1%",
  apiKey: "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE",
  identity: "examplefac",
};
/** The same account's second tenant: nothing is shared with it. */
const otherIdentity = "otherfac";

export async function startMicroshareSimulator(options: SimulatorOptions): Promise<MicroshareSimulator> {
  const { seed, clock, gzip = true, tls, apiPrefix = "", legacyEncodings: legacy = false } = options;
  const startedAt = clock.now();
  const quirks: Quirks = { ...defaultQuirks(), ...options.quirks };
  const fleet = createFleet({ seed, now: startedAt, legacy, fleet: options.fleet ?? {} });
  const store = createStore(fleet.produce);
  const tokens = createTokens(seed, [credentials.identity, otherIdentity], quirks);
  const faults = createFaults(() => tokens.expireAll());
  const clusters = createClusters(seed, fleet.layout, options.fleet?.startAt ?? startedAt);
  const readyMade = readyMadeViews(seed);
  const views = new Map(readyMade.views.map((view) => [view.id, view]));
  const log = createRequestLog();
  let added = 0;

  const cache: ViewParts["cache"] = new Map();
  const api = { store, quirks, tokens, views, clusters: clusters.all, cache };
  const shared = { clock, gzip, tls, faults, log, onRequest: options.onRequest };
  const start = (parts: Pick<ServerParts, "name" | "prefix" | "answer">) => startServer({ ...shared, ...parts });
  const login = { credentials, tokens, quirks };
  const servers = {
    api: await start({
      name: "api",
      prefix: apiPrefix,
      answer: (request, effects) => {
        store.advance(request.now);
        const parts = { ...api, drift: driftOf(store, effects) };
        return withIgnoredPage(request, effects, (asked) => answerApi(asked, parts));
      },
    }),
    auth: await start({ name: "auth", prefix: "", answer: (request) => answerAuth(request, login) }),
    app: await start({ name: "app", prefix: "", answer: (request) => answerApp(request, login) }),
  };

  const changeLater = (change: Exclude<Change, { kind: "store" }>): void => {
    store.advance(clock.now());
    // In the future it may still be stored before.
    if (change.at <= clock.now() && store.find(change.id) === undefined)
      throw new Error(`no record with id ${change.id}`);
    store.change(change);
  };

  return {
    apiUrl: servers.api.url,
    authUrl: servers.auth.url,
    appUrl: servers.app.url,
    credentials,
    recTypes,
    viewRecType,
    quirks,
    faults,
    views: readyMade.ids,
    locations: fleet.layout.buildings.map((building) => building.name),
    deviceCluster: `${clusters.people.recType}/${clusters.people.id}`,
    dataContext: fleet.dataContext,
    add(input) {
      store.advance(clock.now());
      added += 1;
      const record = addedRecord(input, { now: clock.now(), legacy, count: added });
      store.change({ kind: "store", at: record.visibleFrom, record });
      return record;
    },
    rewrite: (id, change = {}) =>
      changeLater({ kind: "rewrite", at: change.at ?? clock.now(), id, next: nextVersion(change) }),
    remove: (id, at = clock.now()) => changeLater({ kind: "remove", at, id }),
    visible(query = {}) {
      store.advance(clock.now());
      return store.visible(query);
    },
    addView(input) {
      added += 1;
      const view = completeView(input, keyOf(seed, added, "added view"));
      views.set(view.id, view);
      return view.id;
    },
    removeView: (id) => void views.delete(id),
    requests: log.requests,
    resetRequests: () => void log.requests.splice(0),
    load: () => log.load(),
    async close() {
      await Promise.all([servers.api.close(), servers.auth.close(), servers.app.close()]);
      if (log.bugs.length > 0) throw new AggregateError(log.bugs, "the Microshare simulator failed while answering");
    },
  };
}

function defaultQuirks(): Quirks {
  return {
    perPageCap: undefined,
    trailingSlash: "optional",
    viewPaging: "works",
    viewCacheMs: 300_000,
    viewsBypassRights: false,
    deniedRecTypes: [],
    totalCountCapped: false,
    defaultOrder: "newest-first",
    defaultIdentity: credentials.identity,
    expiresInSeconds: undefined,
    enforceScopes: false,
    webLogin: "ok",
  };
}
