// What the login, the hosts and the clocks of Microshare can do to the bridge.
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { HOUR_MS, MINUTE_MS } from "./bridge-under-test.ts";
import { fault, logins, roomsCalls, roomsOnly, setting } from "./strikes.ts";
import { recoverFrom, type BadInput } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const credentials = ["MICROSHARE_USERNAME", "MICROSHARE_PASSWORD", "MICROSHARE_API_KEY", "MICROSHARE_AUTH_URL"];

const login: Readonly<Record<string, BadInput>> = {
  "a wrong password": {
    strike: setting("MICROSHARE_PASSWORD", "not the password"),
    code: "CREDENTIALS_REFUSED",
    fix: credentials,
    others: "fail too",
    // Two feeds, one attempt: accounts are locked after a few.
    also: (bridge) => expect(logins(bridge)).toBe(1),
  },
  "a wrong API key": {
    strike: setting("MICROSHARE_API_KEY", "00000000-0000-4000-8000-000000000000"),
    code: "CREDENTIALS_REFUSED",
    fix: credentials,
    others: "fail too",
  },
  "a wrong password on the login page": {
    settings: { MICROSHARE_AUTH_MODE: "web", MICROSHARE_API_KEY: undefined },
    strike: setting("MICROSHARE_PASSWORD", "not the password"),
    code: "CREDENTIALS_REFUSED",
    fix: ["MICROSHARE_USERNAME", "MICROSHARE_PASSWORD", "MICROSHARE_APP_URL"],
    others: "fail too",
    also: (bridge) => expect(logins(bridge)).toBe(1),
  },
  "an identity the account does not have": {
    strike: setting("MICROSHARE_IDENTITY", "nobody"),
    code: "IDENTITY_MISMATCH",
    fix: ["MICROSHARE_IDENTITY"],
    message: ["nobody", "examplefac"],
    others: "fail too",
  },
  "a token of another identity than asked for": {
    settings: { MICROSHARE_IDENTITY: "examplefac" },
    strike: (bridge) => {
      bridge.microshare.faults.wrongIdentity("neighbour");
      return () => {
        bridge.microshare.faults.clear();
        bridge.restart();
      };
    },
    code: "IDENTITY_MISMATCH",
    fix: ["MICROSHARE_IDENTITY"],
    message: ["neighbour"],
    others: "fail too",
  },
  "an identity with which nothing is shared": {
    strike: setting("MICROSHARE_IDENTITY", "otherfac"),
    code: "RIGHTS_FILTERED",
    fix: ["MICROSHARE_IDENTITY", "read permission"],
    others: "fail too",
  },
  "a token service that is no token service": {
    strike: fault((faults) => faults.html({ path: "/oauth2/token" })),
    code: "LOGIN_UNREADABLE",
    fix: ["MICROSHARE_AUTH_URL"],
    others: "fail too",
  },
  "tokens that the API never accepts": {
    strike: fault((faults) => faults.fail({ status: 401 }, roomsOnly)),
    code: "TOKEN_REJECTED",
    fix: ["MICROSHARE_SCOPE", "MICROSHARE_IDENTITY", "MICROSHARE_AUTH_MODE"],
    others: "go on",
    also: (bridge) => expect(roomsCalls(bridge)).toBe(2),
  },
};

const availability: Readonly<Record<string, BadInput>> = {
  "an API that is down for an hour": {
    established: true,
    strike: fault((faults, { clock }) => faults.outage(clock.now, clock.now + HOUR_MS)),
    code: "API_UNAVAILABLE",
    fix: ["The next run tries again"],
    message: ["status 503", "after 4 tries"],
    others: "fail too",
  },
  "an API that hangs up": {
    strike: fault((faults) => faults.disconnect(roomsOnly)),
    code: "API_UNREACHABLE",
    fix: ["MICROSHARE_API_URL"],
    others: "go on",
  },
  "an API that throttles for longer than a run": {
    strike: fault((faults) => faults.fail({ status: 429, headers: { "retry-after": "3600" } }, roomsOnly)),
    code: "API_THROTTLED",
    fix: ["MICROSHARE_CONCURRENCY", "POLL_SCHEDULE"],
    others: "go on",
    also(bridge) {
      expect(roomsCalls(bridge)).toBe(1);
      expect(bridge.waits).toEqual([]);
    },
  },
  "an address where nobody listens": {
    strike: setting("MICROSHARE_API_URL", "http://127.0.0.1:2628"),
    code: "API_UNREACHABLE",
    fix: ["MICROSHARE_API_URL"],
    message: ["ECONNREFUSED"],
    others: "fail too",
  },
  "an address that is another service's": {
    strike: (bridge) => setting("MICROSHARE_API_URL", bridge.microshare.appUrl)(bridge),
    code: "NOT_FOUND",
    fix: ["MICROSHARE_API_URL"],
    others: "fail too",
  },
  "a clock that is ten minutes off": {
    strike: fault((faults) => faults.dateSkew(-10 * MINUTE_MS)),
    code: "CLOCK_SKEW",
    fix: ["SETTLE_DELAY"],
    message: ["600 s ahead"],
    others: "fail too",
    also: (bridge) => expect(bridge.events()).toEqual([]),
  },
};

describe.concurrent("bad input from Microshare is one clear error, and nothing is lost or sent twice", () => {
  it.each(Object.entries({ ...login, ...availability }))("%s", async (_, badInput) => {
    const { delivered, wanted } = await recoverFrom(badInput);
    expect(delivered).toEqual(wanted);
  });
});
