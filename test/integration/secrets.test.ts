// No secret leaves: every bridge under test looks for them when it is disposed of; here are the cases that tempt it most.
import { request } from "undici";
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { startFaultProxy, type Fault } from "../state/fault-proxy.ts";
import {
  failuresOf,
  SEED,
  startBridge,
  type BridgeUnderTest,
  type BridgeUnderTestOptions,
} from "./bridge-under-test.ts";
import { bridgeSecrets, signaturesIn, tokenOf } from "../secrets/bridge-secrets.ts";
import { leaksIn } from "../secrets/search.ts";
import { addRecords, DOORS, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

interface Temptation extends BridgeUnderTestOptions {
  readonly strike: (bridge: BridgeUnderTest) => void | Promise<void>;
  /** Codes of the failures; none when all goes well. */
  readonly codes: readonly string[];
}

/** Everything a server has seen, or may have been told by somebody. */
function everythingKnown({ microshare, settings }: BridgeUnderTest): string {
  const { username, password, apiKey } = microshare.credentials;
  return [
    `user ${username} password ${password} key ${apiKey}`,
    `username=${encodeURIComponent(username)}&password=${encodeURIComponent(password)}&client_id=${apiKey}`,
    JSON.stringify({ username, password, client_id: apiKey, access_token: tokenOf(SEED, 1) }),
    `Authorization: Bearer ${tokenOf(SEED, 1)}`,
    `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
    settings["EVENT_HUB_CONNECTION_STRING"],
    settings["AzureWebJobsStorage"],
  ].join("\n");
}

/** An answer of the API or of the login that repeats all of it. */
function echo(status: number, path: string): (bridge: BridgeUnderTest) => void {
  return (bridge) => void bridge.microshare.faults.fail({ status, body: everythingKnown(bridge) }, { path });
}

const oddWriters: Readonly<Record<string, (secret: string) => string>> = {
  "in Base64 behind one character": (secret) => Buffer.from(`x${secret}`).toString("base64"),
  "in Base64 behind two characters": (secret) => Buffer.from(`xy${secret}.`).toString("base64url"),
  "in Base64 behind three characters": (secret) => Buffer.from(`xyz${secret}`).toString("base64"),
  "in hex": (secret) => Buffer.from(secret).toString("hex"),
  "percent-encoded twice": (secret) => encodeURIComponent(encodeURIComponent(secret)),
};

const temptations: Readonly<Record<string, Temptation>> = {
  "a run in which all goes well, told in every detail": {
    settings: { LOG_LEVEL: "debug" },
    strike: () => undefined,
    codes: [],
  },
  ...Object.fromEntries(
    (
      [
        [400, "REQUEST_REJECTED"],
        [401, "TOKEN_REJECTED"],
        [403, "ACCESS_DENIED"],
        [404, "NOT_FOUND"],
        [418, "REQUEST_REJECTED"],
        [429, "API_THROTTLED"],
        [500, "API_UNAVAILABLE"],
        [503, "API_UNAVAILABLE"],
        [200, "RESPONSE_UNREADABLE"],
      ] as const
    ).map(([status, code]): [string, Temptation] => [
      `an API that answers with status ${status} and all it knows`,
      { strike: echo(status, ROOMS.recType), codes: [code] },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(oddWriters).map(([name, write]): [string, Temptation] => [
      `an API that quotes the password ${name}`,
      {
        strike: ({ microshare }) => {
          microshare.faults.fail(
            { status: 418, body: write(microshare.credentials.password) },
            { path: ROOMS.recType },
          );
        },
        codes: ["REQUEST_REJECTED"],
      },
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        [400, "CREDENTIALS_REFUSED"],
        [404, "NOT_FOUND"],
        [500, "API_UNAVAILABLE"],
        [200, "LOGIN_UNREADABLE"],
      ] as const
    ).map(([status, code]): [string, Temptation] => [
      `a token service that answers with status ${status} and all it knows`,
      { strike: echo(status, "/oauth2/token"), codes: [code, code] },
    ]),
  ),
  "a redirect to an address with a token in it": {
    strike({ microshare }) {
      const location = `https://elsewhere.example.com/?access_token=${tokenOf(SEED, 1)}`;
      microshare.faults.fail({ status: 302, headers: { location } }, { path: ROOMS.recType });
    },
    codes: ["REQUEST_REJECTED"],
  },
  "a view that misses a parameter named like a secret": {
    strike({ microshare }) {
      const body = `[Error: unresolvable property or identifier: ${microshare.credentials.apiKey}]`;
      microshare.faults.fail({ status: 503, body }, { path: ROOMS.recType });
    },
    codes: ["VIEW_PARAMETER_MISSING"],
  },
  "a login whose address holds the password, to a host that is not there": {
    strike: (bridge) =>
      bridge.set({ MICROSHARE_TOKEN_TRANSPORT: "query", MICROSHARE_AUTH_URL: "http://127.0.0.1:2628" }),
    codes: ["API_UNREACHABLE", "API_UNREACHABLE"],
  },
  "a login whose address holds the password, to a host that refuses it": {
    strike: (bridge) => bridge.set({ MICROSHARE_TOKEN_TRANSPORT: "query", MICROSHARE_PASSWORD: "an0ther pass&word" }),
    codes: ["CREDENTIALS_REFUSED", "CREDENTIALS_REFUSED"],
  },
  "a login page that answers with a session of another form": {
    settings: { MICROSHARE_AUTH_MODE: "web" },
    strike: ({ microshare }) => void (microshare.quirks.webLogin = "two-parts"),
    codes: ["LOGIN_UNREADABLE", "LOGIN_UNREADABLE"],
  },
  "a device cluster, which holds radio keys, cut in the middle": {
    simulator: { fleet: { buildings: 1, roomsPerBuilding: 1, devicesPerRoom: 1 } },
    feeds: ({ recTypes, views, viewRecType, deviceCluster }) => [
      {
        name: "lobbies",
        kind: "dashboard",
        recType: recTypes.people,
        viewId: views.peopleDashboard,
        viewRecType,
        dataContext: ["people"],
        deviceCluster,
      },
    ],
    async strike(bridge) {
      const { microshare, secrets } = bridge;
      await bridge.run();
      const { body } = await request(`${microshare.apiUrl}/device/${microshare.deviceCluster}`, {
        headers: { authorization: `Bearer ${tokenOf(SEED, 1)}` },
      });
      const cluster = await body.text();
      const keys = [...cluster.matchAll(/"(?:readAuth|writeAuth|AppKey|NwkKey)":"([^"]+)"/g)];
      secrets.push(...keys.map(([, key]) => key ?? ""));
      expect(new Set(secrets).size).toBeGreaterThan(5);
      microshare.faults.malformJson({ path: "/device/" });
    },
    codes: ["RESPONSE_UNREADABLE"],
  },
  "a hub connection string in which a part is wrong": {
    strike: (bridge) =>
      bridge.set({
        EVENT_HUB_CONNECTION_STRING: bridge.settings["EVENT_HUB_CONNECTION_STRING"]?.replace(
          "Endpoint=sb",
          "Endpoint=http",
        ),
      }),
    codes: ["SETTINGS_INVALID"],
  },
  "a storage connection string in which a part is wrong": {
    strike: (bridge) =>
      bridge.set({
        AzureWebJobsStorage: bridge.settings["AzureWebJobsStorage"]?.replace("AccountName", "Accountname"),
      }),
    codes: ["SETTINGS_INVALID"],
  },
  "secrets in the wrong settings": {
    strike(bridge) {
      const { credentials } = bridge.microshare;
      bridge.set({
        MICROSHARE_SCOPE: credentials.password,
        MICROSHARE_IDENTITY: `${credentials.apiKey} `,
        POLL_SCHEDULE: credentials.apiKey,
        MICROSHARE_API_URL: `https://${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@host`,
        FEEDS: `[{"name": "rooms", "apiKey": "${credentials.apiKey}", "${credentials.apiKey}": 1}]`,
      });
    },
    codes: ["SETTINGS_INVALID"],
  },
  "a proxy that is not there, with a password": {
    simulator: {},
    strike: (bridge) =>
      bridge.set({
        HTTPS_PROXY: "http://proxyuser:pr0xy%20pass%23word@127.0.0.1:2628",
        MICROSHARE_API_URL: "https://127.0.0.1:9441",
      }),
    codes: ["API_UNREACHABLE", "API_UNREACHABLE"],
  },
  "a hub that answers with all it knows": {
    strike: (bridge) => void bridge.hubs.faults.reject("amqp:not-allowed", { description: signedBy(bridge) }),
    codes: ["SINK_REFUSED", "SINK_REFUSED"],
  },
  "a storage that answers with all it knows": {
    async strike(bridge) {
      const { tableUrl } = await sharedAzurite();
      const proxy = await startFaultProxy(tableUrl);
      bridge.closeWith(proxy);
      const refuse: Fault = ({ headers }) => {
        const key = keyOf("AccountKey", bridge.settings["AzureWebJobsStorage"]);
        const value = `${headers.authorization} was not made with ${key}`;
        const body = JSON.stringify({ "odata.error": { code: "AuthenticationFailed", message: { value } } });
        return { status: 403, headers: { "content-type": "application/json" }, body };
      };
      proxy.meet(...Array.from({ length: 20 }, () => refuse));
      bridge.set({
        AzureWebJobsStorage: bridge.settings["AzureWebJobsStorage"]?.replace(
          /TableEndpoint=[^;]*/,
          `TableEndpoint=${proxy.url}`,
        ),
      });
    },
    codes: ["STATE_DENIED", "STATE_DENIED"],
  },
};

/** What a hub has seen of a key: the signature made with it. */
function signedBy(bridge: BridgeUnderTest): string {
  const signature = Buffer.alloc(32, 9).toString("base64");
  const token = `SharedAccessSignature sr=sb%3A%2F%2Fhost&sig=${encodeURIComponent(signature)}&se=9999999999&skn=bridge`;
  bridge.secrets.push(signature);
  return `The token ${token} is not allowed.`;
}

describe.concurrent("no secret leaves", () => {
  it.each(Object.entries(temptations))("in %s", async (_, { strike, codes, ...options }) => {
    await using bridge = await startBridge({ feeds: () => [ROOMS, DOORS], ...options });
    addRecords(bridge, ROOMS.recType);
    addRecords(bridge, DOORS.recType);
    await strike(bridge);
    const run = await bridge.run();
    expect(failuresOf(run).map(({ code }) => code)).toEqual(codes);
    // The search itself happens when the bridge is disposed of, over this and everything that storage holds.
    const channels = new Set(bridge.recorder.outgoing().map(({ channel }) => channel));
    expect(channels).toContain(codes.length === 0 ? "log" : "error");
  });
});

function keyOf(name: string, text = ""): string | undefined {
  return new RegExp(`${name}=([^;]+)`).exec(text)?.[1];
}

/** Each secret with every place it stands in, allowed or not. */
function whereabouts({ recorder, settings }: BridgeUnderTest): readonly string[] {
  const outgoing = recorder.outgoing();
  const secrets = [...bridgeSecrets([settings], { seed: SEED, logins: 1 }), ...signaturesIn(outgoing)];
  const open = secrets.map(({ name, value }) => ({ name, value }));
  return [...new Set(leaksIn(outgoing, open).map(({ secret, channel, place }) => `${secret}: ${channel}, ${place}`))];
}

describe("the search for secrets", () => {
  it.each([
    ["body", {}],
    ["target", { MICROSHARE_TOKEN_TRANSPORT: "query" }],
  ])(
    "finds each where it has to go, so that it would find it elsewhere: the login in the %s",
    async (place, settings) => {
      await using bridge = await startBridge({ feeds: () => [ROOMS], settings: { LOG_LEVEL: "debug", ...settings } });
      addRecords(bridge, ROOMS.recType);
      bridge.microshare.add({ recType: ROOMS.recType, data: { text: "x".repeat(2_000_000) } });
      bridge.nextHour();
      expect(failuresOf(await bridge.run())).toEqual([]);
      const state = await bridge.state.contents();
      expect(state.length).toBeGreaterThan(4);
      bridge.recorder.heard("state", "rows and blobs", state);
      expect(whereabouts(bridge).toSorted()).toEqual([
        `API key: Microshare login, ${place}`,
        `password: Microshare login, ${place}`,
        "signature for the hub: hub, frames",
        "signature of a storage request: storage, header authorization",
        "token: Microshare API, header authorization",
        `user name: Microshare login, ${place}`,
      ]);
      const channels = new Set(bridge.recorder.outgoing().map(({ channel }) => channel));
      expect([...channels].toSorted()).toEqual([
        "Microshare API",
        "Microshare login",
        "hub",
        "log",
        "state",
        "storage",
      ]);
    },
  );

  it("knows the keys in connection strings, and tokens that the API really accepts", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    await bridge.run();
    const secrets = bridgeSecrets([bridge.settings], { seed: SEED, logins: 1 }).map(({ value }) => value);
    const { username, password, apiKey } = bridge.microshare.credentials;
    const hubKey = keyOf("SharedAccessKey", bridge.settings["EVENT_HUB_CONNECTION_STRING"]);
    const storageKey = keyOf("AccountKey", bridge.settings["AzureWebJobsStorage"]);
    expect(secrets).toEqual(expect.arrayContaining([username, password, apiKey, hubKey, storageKey, tokenOf(SEED, 1)]));
    const { statusCode } = await request(`${bridge.microshare.apiUrl}/share/${ROOMS.recType}`, {
      headers: { authorization: `Bearer ${tokenOf(SEED, 1)}` },
    });
    expect(statusCode).toBe(200);
  });
});
