import { describe, expect, it } from "vitest";
import { loadSettings, secretsOf, type Environment } from "../../src/config/load-settings.ts";
import { settingsError } from "../../src/config/problems.ts";
import type { FeedOptions } from "../../src/microshare/feed-options.ts";
import type { FeedSettings } from "../../src/config/settings.ts";
import { HUB_KEY, hubConnectionString, linesOf, load, problemsOf, simple, twentyMinutes } from "./environments.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the simple set-up", () => {
  it("gives one share feed with the documented defaults", () => {
    expect(load({}).feeds).toEqual([
      {
        name: "default",
        kind: "share",
        recType: "io.microshare.lake.snapshot.hourly",
        viewRecType: "io.microshare.fm.master.agg",
        viewParameters: {},
        viewTrailingSlash: true,
        dataContext: [],
        timeField: "auto",
        pageSize: 999,
        timing: {
          startFrom: { kind: "duration", ms: 24 * HOUR_MS },
          lookbackMs: 6 * HOUR_MS,
          deepLookbackMs: 72 * HOUR_MS,
          settleDelayMs: MINUTE_MS,
          windowMs: HOUR_MS,
        },
        updates: "forward",
      },
    ]);
  });

  it("gives the documented defaults for everything else", () => {
    const { feeds: _, ...rest } = load({});
    expect(rest).toEqual({
      microshare: {
        authMode: "oauth2",
        tokenTransport: "body",
        username: "bridge@example.com",
        password: "correct horse",
        apiKey: "0123-api-key",
        scope: "ALL:ALL",
        authUrl: "https://auth.microshare.io",
        apiUrl: "https://api.microshare.io",
        appUrl: "https://app.microshare.io",
        minTls: "TLSv1.3",
        concurrency: 2,
        requestTimeoutMs: MINUTE_MS,
        maxResponseBytes: 32 * 1024 * 1024,
      },
      routes: [{ feed: load({}).feeds[0], sinks: [{ name: "event-hub", format: "record", target: eventHub }] }],
      state: {
        storage: { kind: "connection-string", connectionString: "UseDevelopmentStorage=true" },
        table: "bridgestate",
        deadLetterContainer: "bridge-dead-letters",
        deadLetterRetentionMs: 90 * 24 * HOUR_MS,
      },
      schedule: "0 0 * * * *",
      timeBudgetMs: 16 * MINUTE_MS,
      logLevel: "info",
      sliceMaxBytes: 16 * 1024 * 1024,
      inFlightMaxBytes: 32 * 1024 * 1024,
      sendTimeoutMs: 20_000,
      leaseTermMs: 90_000,
      removePersonalFields: false,
      proxy: {},
    });
  });

  it("gives feeds in the form the feed readers take", () => {
    const feed: FeedSettings | undefined = load({}).feeds[0];
    const options: FeedOptions | undefined = feed;
    expect(options?.name).toBe("default");
  });

  it("takes an empty text for not set", () => {
    expect(load({ LOOKBACK: "", MICROSHARE_VIEW_ID: " ", MICROSHARE_DATA_CONTEXT: "" })).toEqual(load({}));
  });

  it("ignores white space around values that are not secret", () => {
    expect(load({ LOOKBACK: " PT2H\n" }).feeds[0]?.timing.lookbackMs).toBe(2 * HOUR_MS);
  });

  it("does not mind the case of words", () => {
    expect(load({ LOG_LEVEL: "DEBUG", MICROSHARE_TIME_FIELD: "createdate" })).toMatchObject({
      logLevel: "debug",
      feeds: [{ timeField: "createDate" }],
    });
  });
});

describe("Microshare settings", () => {
  it("need no API key for the web login", () => {
    const { microshare } = load({ MICROSHARE_AUTH_MODE: "web", MICROSHARE_API_KEY: undefined });
    expect(microshare).toMatchObject({ authMode: "web", appUrl: "https://app.microshare.io" });
  });

  it("keep the path prefix of an address and drop its last slash", () => {
    expect(load({ MICROSHARE_API_URL: "https://pest.microshare.io/api/" }).microshare.apiUrl).toBe(
      "https://pest.microshare.io/api",
    );
  });

  it.each(["http://127.0.0.1:8080", "http://localhost:8080/x", "http://[::1]:8080"])(
    "allow plain http to %s",
    (url) => {
      expect(load({ MICROSHARE_API_URL: url }).microshare.apiUrl).toBe(url);
    },
  );

  it("keep texts among view parameters as they are and write everything else as JSON", () => {
    const parameters = { field1: "current", ownerOrg: '"[a-zA-Z]"', depth: 3, tags: ["a", "b"] };
    const [feed] = load({ MICROSHARE_VIEW_ID: "abc123", MICROSHARE_VIEW_PARAMETERS: JSON.stringify(parameters) }).feeds;
    expect(feed).toMatchObject({
      kind: "view",
      viewId: "abc123",
      viewParameters: { field1: "current", ownerOrg: '"[a-zA-Z]"', depth: "3", tags: '["a","b"]' },
    });
  });

  it.each([
    ['["Example Facilities","room"]', ["Example Facilities", "room"]],
    ["Example Facilities", ["Example Facilities"]],
    ["[]", []],
  ])("read the data context %s", (text, names) => {
    expect(load({ MICROSHARE_DATA_CONTEXT: text }).feeds[0]?.dataContext).toEqual(names);
  });

  it("describe a dashboard by its locations or by a device cluster", () => {
    const dashboard = { MICROSHARE_FEED_KIND: "dashboard", MICROSHARE_VIEW_ID: "abc123" };
    expect(load({ ...dashboard, MICROSHARE_LOCATIONS: '["North Tower"]' }).feeds[0]).toMatchObject({
      kind: "dashboard",
      locations: ["North Tower"],
    });
    expect(load({ ...dashboard, MICROSHARE_DEVICE_CLUSTER: "io.example.packed/abc" }).feeds[0]).toMatchObject({
      deviceCluster: { recType: "io.example.packed", id: "abc" },
    });
  });
});

const eventHub = {
  kind: "event-hub",
  hubName: "microshare",
  host: "evhns-example.servicebus.windows.net",
  setting: "EVENT_HUB_CONNECTION_STRING",
  access: { kind: "connection-string", connectionString: hubConnectionString },
  transport: "websocket",
  consumerGroup: "$Default",
};

function hubOf(changes: Environment) {
  const target = load(changes).routes[0]?.sinks[0]?.target;
  return target?.kind === "event-hub" ? target : undefined;
}

describe("Event Hubs settings", () => {
  const byIdentity = { EVENT_HUB_CONNECTION_STRING: undefined, EVENT_HUB_NAME: "microshare" };

  it("complete a bare namespace, and use the identity named", () => {
    const clientId = "11111111-2222-3333-4444-555555555555";
    const single = hubOf({ ...byIdentity, EVENT_HUB_NAMESPACE: "evhns-example", AZURE_CLIENT_ID: clientId });
    const host = "evhns-example.servicebus.windows.net";
    expect(single).toMatchObject({
      host,
      hubName: "microshare",
      access: { kind: "identity", namespace: host, clientId },
    });
  });

  it.each(["evhns.servicebus.chinacloudapi.cn", "localhost:5671", "localhost"])(
    "leave the host name %s as it is",
    (host) => {
      expect(hubOf({ ...byIdentity, EVENT_HUB_NAMESPACE: host })?.host).toBe(host);
    },
  );

  it("take the hub's name from EVENT_HUB_NAME when the connection string has no EntityPath", () => {
    const ofNamespace = hubConnectionString.replace(";EntityPath=microshare", "");
    const single = hubOf({ EVENT_HUB_CONNECTION_STRING: ofNamespace, EVENT_HUB_NAME: "other" });
    expect(single?.hubName).toBe("other");
  });

  it("reach an emulator over plain TCP whatever the transport", () => {
    const emulator =
      "Endpoint=sb://127.0.0.1:5673;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=e;UseDevelopmentEmulator=true";
    expect(hubOf({ EVENT_HUB_CONNECTION_STRING: emulator, EVENT_HUB_TRANSPORT: "websocket" })).toMatchObject({
      host: "127.0.0.1:5673",
      transport: "amqp",
    });
  });

  it("accept a shared access signature", () => {
    const text = "Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=1&skn=n;EntityPath=e";
    expect(hubOf({ EVENT_HUB_CONNECTION_STRING: text })?.hubName).toBe("e");
  });
});

describe("state settings", () => {
  const clientId = "11111111-2222-3333-4444-555555555555";
  const byAccount = { AzureWebJobsStorage: undefined, AzureWebJobsStorage__accountName: "stexample" };

  it("take the addresses from the account name", () => {
    expect(load(byAccount).state.storage).toEqual({
      kind: "identity",
      tableServiceUrl: "https://stexample.table.core.windows.net",
      blobServiceUrl: "https://stexample.blob.core.windows.net",
      credential: "default",
    });
  });

  it("prefer explicit addresses", () => {
    const table = { AzureWebJobsStorage__tableServiceUri: "https://t.example.com/" };
    expect(load({ ...byAccount, ...table }).state.storage).toMatchObject({
      tableServiceUrl: "https://t.example.com",
      blobServiceUrl: "https://stexample.blob.core.windows.net",
    });
  });

  it("use the identity that the host would use", () => {
    const managed = {
      ...byAccount,
      AzureWebJobsStorage__credential: "managedidentity",
      AZURE_CLIENT_ID: "0".repeat(8) + clientId.slice(8),
    };
    expect(load(managed).state.storage).toMatchObject({ credential: "managed-identity" });
    expect(load(managed).state.storage).not.toHaveProperty("clientId");
    expect(load({ ...managed, AzureWebJobsStorage__clientId: clientId }).state.storage).toMatchObject({ clientId });
    expect(load({ ...byAccount, AZURE_CLIENT_ID: clientId }).state.storage).toMatchObject({ clientId });
  });

  it.each([
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k==;EndpointSuffix=core.windows.net",
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=k;BlobEndpoint=http://127.0.0.1:1/d;TableEndpoint=http://127.0.0.1:2/d;",
    "BlobEndpoint=https://a.blob.core.windows.net/;TableEndpoint=https://a.table.core.windows.net/;SharedAccessSignature=sv=1&sig=x",
    "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://127.0.0.1",
  ])("accept the connection string %s", (connectionString) => {
    expect(load({ AzureWebJobsStorage: connectionString }).state.storage).toEqual({
      kind: "connection-string",
      connectionString,
    });
  });
});

describe("the secrets of the settings", () => {
  it("are the values of secret settings and the keys inside them", () => {
    const storage = "BlobEndpoint=https://b;TableEndpoint=https://t;SharedAccessSignature=sv=1&sig=abc%3D&se=1";
    const environment = {
      ...simple,
      AzureWebJobsStorage: storage,
      HTTPS_PROXY: "http://me:word@proxy:1",
      LOG_LEVEL: "info",
    };
    const secrets = secretsOf(environment);
    const { LOG_LEVEL: _, ...secretSettings } = environment;
    expect(secrets).toEqual(expect.arrayContaining(Object.values(secretSettings)));
    expect(secrets).toEqual(expect.arrayContaining([HUB_KEY, "word", "abc%3D"]));
    expect(secrets).not.toContain("info");
  });
});

describe("the time budget", () => {
  it.each([
    ["00:05:00", 4],
    ["1.00:00:00", 1152],
    ["-1", 24],
    [undefined, 4],
    ["soon", 4],
  ])("for a functionTimeout of %s is %i minutes", (functionTimeout, minutes) => {
    const files = functionTimeout === undefined ? {} : { functionTimeout };
    expect(load({}, files).timeBudgetMs).toBe(minutes * MINUTE_MS);
  });

  it("follows the app setting that overrides host.json", () => {
    expect(load({ AzureFunctionsJobHost__functionTimeout: "00:10:00" }).timeBudgetMs).toBe(8 * MINUTE_MS);
  });

  it("is what TIME_BUDGET says", () => {
    expect(load({ TIME_BUDGET: "PT10M" }).timeBudgetMs).toBe(10 * MINUTE_MS);
  });

  it("may be anything when host.json allows runs without end", () => {
    expect(load({ TIME_BUDGET: "PT23H" }, { functionTimeout: "-1" }).timeBudgetMs).toBe(23 * HOUR_MS);
  });
});

describe("wrong settings", () => {
  it("are all reported at once, each once", () => {
    const problems = problemsOf({ MICROSHARE_PASSWORD: undefined, LOOKBACK: "6", WINDOW: "1h", LOG_LEVEL: "loud" });
    expect(problems.map(({ setting }) => setting).toSorted()).toEqual([
      "LOG_LEVEL",
      "LOOKBACK",
      "MICROSHARE_PASSWORD",
      "WINDOW",
    ]);
  });

  it("of an empty environment are reported one by one", () => {
    const loaded = loadSettings({}, {});
    expect(loaded.kind === "invalid" && loaded.problems.map(({ setting }) => setting)).toEqual([
      "MICROSHARE_USERNAME",
      "MICROSHARE_PASSWORD",
      "MICROSHARE_API_KEY",
      "EVENT_HUB_CONNECTION_STRING",
      "AzureWebJobsStorage",
    ]);
  });

  it("become one error whose message holds every problem and its fix", () => {
    const problems = problemsOf({ LOOKBACK: "6", LOG_LEVEL: "loud" });
    const error = settingsError(problems);
    expect(error.code).toBe("SETTINGS_INVALID");
    for (const line of linesOf({ LOOKBACK: "6", LOG_LEVEL: "loud" })) expect(error.message).toContain(line);
    expect(error.message).toMatch(/^The app settings have 2 problems:/);
    expect(error.fix).toContain("local.settings.json");
  });

  it("are reported even where they are not used", () => {
    const dashboardOnly = { MICROSHARE_AUTH_MODE: "oauth2", MICROSHARE_APP_URL: "ftp://x" };
    expect(problemsOf(dashboardOnly).map(({ setting }) => setting)).toEqual(["MICROSHARE_APP_URL"]);
  });

  it("do not hide that nothing is wrong with the rest", () => {
    expect(loadSettings(simple, twentyMinutes).kind).toBe("valid");
  });
});
