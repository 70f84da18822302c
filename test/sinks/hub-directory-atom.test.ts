import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { startEventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import { startAtomManagement } from "../../dev/hub-management/atom.ts";
import { times } from "../../dev/hub-management/server.ts";
import { BridgeError } from "../../src/errors.ts";
import { createAtomDirectory, type AtomDirectoryOptions } from "../../src/sinks/hub-directory-atom.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

const keys = [
  { name: "manager", key: "emulator-only-manages+/=", rights: ["Manage"] },
  { name: "sender", key: "emulator-only-sends", rights: ["Send", "Listen"] },
] as const;

async function start(hubs: readonly string[] = []) {
  const emulator = await startEventHubsEmulator({ hubs: hubs.map((name) => ({ name })), keys });
  open.push(emulator);
  const server = await startAtomManagement({
    emulator,
    keys,
    host: emulator.host,
    mostHubs: hubs.length > 10 ? 1_000 : 10,
  });
  open.push(server);
  const directory = (options: Partial<AtomDirectoryOptions> = {}) =>
    createAtomDirectory({
      connectionString: emulator.connectionString(undefined, "manager"),
      endpoint: server.url,
      newHub: { partitionCount: 8, retentionDays: 3 },
      ...fakeClock(),
      ...options,
    });
  return { emulator, server, directory };
}

const ten = Array.from({ length: 10 }, (_, index) => `hub-${index}`);

describe("hubs through the management call of the namespace", () => {
  it("creates a hub that is missing, with its partitions and retention", async () => {
    const { server, directory } = await start();
    expect(await directory().ensure("io.a", never())).toBe("created");
    expect(server.hubs.find("io.a")).toEqual({ partitionCount: 8, messageRetentionInDays: 3 });
  });

  it("leaves a hub that is there as it is", async () => {
    const { server, directory } = await start(["io.a"]);
    expect(await directory().ensure("io.a", never())).toBe("there");
    expect(server.hubs.find("io.a")).toEqual({ partitionCount: 4, messageRetentionInDays: 7 });
  });

  it("lists the hubs, page by page", async () => {
    const many = Array.from({ length: 130 }, (_, index) => `hub-${index}`);
    const { server, directory } = await start(many);
    expect(await directory().list(never())).toEqual(many);
    expect(server.requests).toHaveLength(2);
    expect(await (await start()).directory().list(never())).toEqual([]);
  });

  it("says that the namespace is full", async () => {
    const { directory } = await start(ten);
    expect(await directory().ensure("io.a", never())).toBe("full");
  });

  it("names the right that is missing", async () => {
    const { emulator, directory } = await start();
    const wrong = emulator.connectionString(undefined, "manager").replace("emulator-only", "another");
    for (const connectionString of [emulator.connectionString(undefined, "sender"), wrong]) {
      const refused = directory({ connectionString });
      for (const work of [refused.list(never()), refused.ensure("io.a", never())]) {
        await expect(work).rejects.toMatchObject({
          code: "SINK_UNAUTHORIZED",
          fix: expect.stringMatching(/Manage right.*Azure Event Hubs Data Owner/su),
        });
      }
    }
  });

  it.each([
    { status: 403, code: "SINK_UNAUTHORIZED" },
    { status: 404, code: "SINK_NOT_FOUND" },
    { status: 400, code: "SINK_REFUSED" },
    { status: 503, code: "SINK_UNREACHABLE" },
  ])("says $code when a creation is answered with $status", async ({ status, code }) => {
    const { server, directory } = await start();
    server.strike(({ method }) => (method === "PUT" ? { status } : undefined));
    await expect(directory().ensure("io.a", never())).rejects.toMatchObject({ code });
  });

  it.each([
    { status: 404, body: "", code: "SINK_NOT_FOUND" },
    { status: 200, body: "<html></html>", code: "SINK_REFUSED" },
    { status: 200, body: "<feed><entry><title>no/name</title></entry></feed>", code: "SINK_REFUSED" },
  ])("says $code when the list is answered with $status $body", async ({ status, body, code }) => {
    const { server, directory } = await start();
    server.strike(() => ({ status, body }));
    await expect(directory().list(never())).rejects.toMatchObject({ code });
  });

  it("is content when another run was faster and the answer says something else", async () => {
    const { server, directory } = await start();
    server.strike(
      times(1, ({ method }) => {
        if (method !== "PUT") return undefined;
        server.hubs.create("io.a", { partitionCount: 1, messageRetentionInDays: 1 });
        return { status: 400 };
      }),
    );
    expect(await directory().ensure("io.a", never())).toBe("there");
  });

  it("signs with a time that the service takes", async () => {
    const { directory } = await start();
    const anHourAgo = () => Date.now() - 3_600_000;
    await expect(directory({ signedAt: anHourAgo }).list(never())).rejects.toMatchObject({ code: "SINK_UNAUTHORIZED" });
  });

  it("refuses a connection string that cannot create hubs", async () => {
    const { emulator, directory } = await start();
    const right = emulator.connectionString(undefined, "manager");
    for (const connectionString of [`${right};EntityPath=one`, right.replace("SharedAccessKey=", "Key="), "nothing"]) {
      expect(() => directory({ connectionString })).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID" }));
    }
  });

  it("shows neither key nor signature in any error", async () => {
    const { emulator, server, directory } = await start();
    const connectionString = emulator.connectionString(undefined, "sender");
    const signatures: string[] = [];
    server.strike(({ authorization }) => {
      signatures.push(authorization);
      return signatures.length > 2 ? { status: 400, body: authorization } : undefined;
    });
    const errors: unknown[] = [];
    for (let turn = 0; turn < 2; turn++) {
      errors.push(
        await directory({ connectionString })
          .list(never())
          .catch((error: unknown) => error),
      );
      errors.push(
        await directory({ connectionString })
          .ensure("io.a", never())
          .catch((error: unknown) => error),
      );
    }
    for (const error of errors) {
      expect(error).toBeInstanceOf(BridgeError);
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/emulator-only|sig=/u);
    }
  });
});
