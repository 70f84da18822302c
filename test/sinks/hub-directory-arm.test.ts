import { inspect } from "node:util";
import { Agent, type Dispatcher } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { startEventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import {
  failed,
  startResourceManager,
  type ResourceManager,
  type ResourceManagerOptions,
} from "../../dev/hub-management/arm.ts";
import { times } from "../../dev/hub-management/server.ts";
import { BridgeError } from "../../src/errors.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";
import { armDirectory, credentialOf } from "./per-type-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function start(
  options: Omit<ResourceManagerOptions, "emulator"> = {},
  hubs: readonly string[] = [],
): Promise<ResourceManager> {
  const emulator = await startEventHubsEmulator({ hubs: hubs.map((name) => ({ name })) });
  open.push(emulator);
  const server = await startResourceManager({ emulator, ...options });
  open.push(server);
  return server;
}

const methods = (server: ResourceManager) => server.requests.map((line) => line.split(" ")[0]);
const ten = Array.from({ length: 10 }, (_, index) => `hub-${index}`);

describe("hubs through Azure Resource Manager", () => {
  it("creates a hub that is missing, with its partitions and retention", async () => {
    const server = await start();
    const directory = armDirectory(server, { newHub: { partitionCount: 8, retentionDays: 3 } });
    expect(await directory.ensure("io.a", never())).toBe("created");
    expect(server.hubs.find("io.a")).toEqual({ partitionCount: 8, messageRetentionInDays: 3 });
    expect(methods(server)).toEqual(["GET", "PUT"]);
  });

  it("leaves a hub that is there as it is: a PUT would reset its retention", async () => {
    const server = await start({}, ["io.a"]);
    expect(server.hubs.find("io.a")).toEqual({ partitionCount: 4, messageRetentionInDays: 7 });
    expect(await armDirectory(server).ensure("io.a", never())).toBe("there");
    expect(server.hubs.find("io.a")).toEqual({ partitionCount: 4, messageRetentionInDays: 7 });
    expect(methods(server)).toEqual(["GET"]);
  });

  it("is content when another run was faster", async () => {
    const server = await start();
    server.strike(
      times(1, ({ method }) => {
        if (method !== "PUT") return undefined;
        server.hubs.create("io.a", { partitionCount: 2, messageRetentionInDays: 7 });
        return failed(409, "Conflict");
      }),
    );
    expect(await armDirectory(server).ensure("io.a", never())).toBe("there");
    expect(server.hubs.find("io.a")).toEqual({ partitionCount: 2, messageRetentionInDays: 7 });
  });

  it("looks again before it creates again, when the answer was lost", async () => {
    const server = await start();
    server.strike(
      times(1, ({ method }) => {
        if (method !== "PUT") return undefined;
        server.hubs.create("io.a", { partitionCount: 2, messageRetentionInDays: 7 });
        return { status: 503 };
      }),
    );
    expect(await armDirectory(server).ensure("io.a", never())).toBe("there");
    expect(methods(server)).toEqual(["GET", "PUT", "GET"]);
  });

  it("tries a conflict with another operation again", async () => {
    const server = await start();
    server.strike(times(1, ({ method }) => (method === "PUT" ? failed(409, "Conflict") : undefined)));
    expect(await armDirectory(server).ensure("io.a", never())).toBe("created");
  });

  it("says that the namespace is full, by its code or by its hubs", async () => {
    const server = await start({}, ten);
    expect(await armDirectory(server).ensure("io.a", never())).toBe("full");
    for (const status of [400, 403, 409]) {
      server.strike(times(1, ({ method }) => (method === "PUT" ? failed(status, "BadRequest") : undefined)));
      expect(await armDirectory(server).ensure("io.a", never())).toBe("full");
    }
    expect(await armDirectory(server).ensure("hub-3", never())).toBe("there");
  });

  it("lists all pages", async () => {
    const server = await start({ pageSize: 3 }, ten);
    expect(await armDirectory(server).list(never())).toEqual(ten);
    expect(server.requests).toHaveLength(4);
  });

  it("never takes its token to another host", async () => {
    const server = await start();
    const page = { value: [], nextLink: "http://127.0.0.1:9/elsewhere" };
    server.strike(() => ({ status: 200, body: JSON.stringify(page) }));
    await expect(armDirectory(server).list(never())).rejects.toMatchObject({ code: "SINK_REFUSED" });
    expect(server.requests).toHaveLength(1);
  });

  it("ends a list without end", async () => {
    const server = await start();
    server.strike(({ origin, path }) => {
      return { status: 200, body: JSON.stringify({ value: [], nextLink: `${origin}${path}?api-version=2024-01-01` }) };
    });
    await expect(armDirectory(server).list(never())).rejects.toMatchObject({ code: "SINK_REFUSED" });
    expect(server.requests.length).toBeLessThan(100);
  });

  it.each(["[", "null", '{"value":7}', '{"value":[{"name":7}]}', '{"value":[],"nextLink":"no link"}'])(
    "refuses %s as a list",
    async (body) => {
      const server = await start();
      server.strike(() => ({ status: 200, body }));
      await expect(armDirectory(server).list(never())).rejects.toMatchObject({ code: "SINK_REFUSED" });
    },
  );

  it("reads no more of an answer than a list can have", async () => {
    const server = await start();
    server.strike(() => ({ status: 200, body: `{"value":[],"pad":"${"x".repeat(5_000_000)}"}` }));
    await expect(armDirectory(server).list(never())).rejects.toMatchObject({ code: "SINK_REFUSED" });
  });

  it("asks the public cloud, with a token for it, unless told otherwise", async () => {
    const server = await start();
    const scopes: unknown[] = [];
    const credential = {
      getToken: async (scope: string | string[]) => {
        scopes.push(scope);
        return { token: "right", expiresOnTimestamp: 0 };
      },
    };
    const asked: unknown[] = [];
    const toServer: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
      asked.push(options.origin);
      return dispatch({ ...options, origin: server.url }, handler);
    };
    const dispatcher = new Agent().compose(toServer);
    open.push(dispatcher);
    expect(
      await armDirectory(server, { endpoint: "https://management.azure.com", credential, dispatcher }).list(never()),
    ).toEqual([]);
    expect(scopes).toEqual(["https://management.azure.com/.default"]);
    expect(String(asked[0])).toBe("https://management.azure.com");
  });
});

describe("failures of Azure Resource Manager", () => {
  const role = /Azure Event Hubs Data Owner.*Microsoft\.EventHub\/namespaces\/eventhubs\/read.*\/write/su;

  it.each([{ rights: [] }, { rights: ["read"] }] as const)(
    "names the role that is missing: $rights",
    async (options) => {
      const server = await start(options);
      const error = await armDirectory(server)
        .ensure("io.a", never())
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "SINK_UNAUTHORIZED", fix: expect.stringMatching(role) });
      if (options.rights.length === 0) {
        await expect(armDirectory(server).list(never())).rejects.toMatchObject({ fix: expect.stringMatching(role) });
      }
    },
  );

  it("names the role also when it is refused in a namespace that looks full", async () => {
    const server = await start({ rights: ["read"] }, ten);
    await expect(armDirectory(server).ensure("io.a", never())).rejects.toMatchObject({ code: "SINK_UNAUTHORIZED" });
  });

  it("says that the identity has no token", async () => {
    const server = await start();
    const none = { getToken: () => Promise.reject(new Error("no managed identity")) };
    for (const credential of [none, { getToken: async () => null }]) {
      await expect(armDirectory(server, { credential }).list(never())).rejects.toMatchObject({
        code: "SINK_UNAUTHORIZED",
        fix: expect.stringContaining("AZURE_CLIENT_ID"),
      });
    }
    expect(server.requests).toEqual([]);
  });

  it("says that there is no such namespace", async () => {
    const server = await start();
    for (const wrong of [{ namespace: "another" }, { resourceGroup: "another" }]) {
      await expect(armDirectory(server, wrong).ensure("io.a", never())).rejects.toMatchObject({
        code: "SINK_NOT_FOUND",
      });
      await expect(armDirectory(server, wrong).list(never())).rejects.toMatchObject({ code: "SINK_NOT_FOUND" });
    }
  });

  it("says that partitions or retention are more than the tier takes", async () => {
    const server = await start();
    const newHub = { partitionCount: 100, retentionDays: 1 };
    await expect(armDirectory(server, { newHub }).ensure("io.a", never())).rejects.toMatchObject({
      code: "SINK_REFUSED",
      fix: expect.stringMatching(/partition count and the retention/u),
    });
  });

  it("waits as long as it is asked to", async () => {
    const server = await start();
    server.strike(times(2, () => failed(429, "TooManyRequests", { "retry-after": "17" })));
    const clock = fakeClock();
    expect(await armDirectory(server, clock).list(never())).toEqual([]);
    expect(clock.waits).toEqual([17_000, 17_000]);
  });

  it("gives up when throttling lasts, without waiting longer than a run can", async () => {
    const server = await start();
    server.strike(() => failed(429, "TooManyRequests", { "retry-after": "3600" }));
    const clock = fakeClock();
    await expect(armDirectory(server, clock).list(never())).rejects.toMatchObject({ code: "SINK_THROTTLED" });
    expect(clock.waits).toEqual([]);
  });

  it("gives up after four tries when it is out of order or cannot be reached", async () => {
    const server = await start();
    server.strike(() => ({ status: 500 }));
    await expect(armDirectory(server).list(never())).rejects.toMatchObject({ code: "SINK_UNREACHABLE" });
    expect(server.requests).toHaveLength(4);
    const clock = fakeClock();
    const nobody = { ...clock, endpoint: "http://127.0.0.1:9" };
    await expect(armDirectory(server, nobody).list(never())).rejects.toMatchObject({ code: "SINK_UNREACHABLE" });
    expect(clock.waits).toHaveLength(3);
  });

  it("waits for no answer longer than it is told", async () => {
    const server = await start();
    server.strike(times(1, () => "hang"));
    expect(await armDirectory(server, { timeoutMs: 50 }).list(never())).toEqual([]);
  });

  it("ends when it is told to, on its way and while it waits", async () => {
    const server = await start();
    const late = { code: "OUT_OF_TIME" };
    await expect(armDirectory(server).list(AbortSignal.abort())).rejects.toMatchObject(late);
    expect(server.requests).toEqual([]);
    const stop = new AbortController();
    server.strike(
      times(1, () => {
        stop.abort();
        return "hang";
      }),
    );
    await expect(armDirectory(server).list(stop.signal)).rejects.toMatchObject(late);
    const waiting = new AbortController();
    server.strike(() => ({ status: 503 }));
    const clock = fakeClock();
    clock.onWait = () => waiting.abort();
    await expect(armDirectory(server, clock).list(waiting.signal)).rejects.toMatchObject(late);
  });

  it("shows no token in any error, whatever the answer repeats", async () => {
    const server = await start({ acceptToken: () => false });
    const credential = credentialOf("secret-token-0123456789");
    const answers = [
      undefined,
      { status: 403, body: '{"error":{"code":"secret-token-0123456789 repeated"}}' },
      { status: 400, body: "secret-token-0123456789" },
      { status: 500, body: "secret-token-0123456789" },
    ];
    for (const answer of answers) {
      if (answer !== undefined) server.strike(() => answer);
      for (const directory of [armDirectory(server, { credential })]) {
        const errors = [directory.list(never()), directory.ensure("io.a", never())].map((work) =>
          work.catch((thrown: unknown) => thrown),
        );
        for (const error of await Promise.all(errors)) {
          expect(error).toBeInstanceOf(BridgeError);
          expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain("secret-token");
        }
      }
    }
  });
});
