// Clients are built from every form of connection, and from none that is unusable or unsafe.
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { openContainer } from "../../src/state/blob-container.ts";
import { openTable, type StorageConnection } from "../../src/state/storage-clients.ts";
import { impatient } from "./faulty-table.ts";

const key = Buffer.from("a key of no account").toString("base64");
const withKey = `DefaultEndpointsProtocol=https;AccountName=bridge;AccountKey=${key};EndpointSuffix=core.windows.net`;
const text = (connectionString: string): StorageConnection => ({ kind: "connection-string", connectionString });
const identity = (tableServiceUrl: string, blobServiceUrl: string): StorageConnection => ({
  kind: "identity",
  tableServiceUrl,
  blobServiceUrl,
  credential: { getToken: async () => ({ token: "token", expiresOnTimestamp: Date.now() + 3_600_000 }) },
});

describe("openTable and openContainer", () => {
  it.each([
    ["an account key", text(withKey), "https://bridge.table.core.windows.net", "https://bridge.blob.core.windows.net"],
    [
      "a shared access signature",
      text("TableEndpoint=https://t.example/;BlobEndpoint=https://b.example/;SharedAccessSignature=sv=1&sig=x"),
      "https://t.example",
      "https://b.example",
    ],
    ["the local emulator", text("UseDevelopmentStorage=true"), "http://127.0.0.1:10002", "http://127.0.0.1:10000"],
    ["an identity", identity("https://t.example", "https://b.example/"), "https://t.example", "https://b.example"],
  ])("work with %s", (_, connection, tableUrl, blobUrl) => {
    expect(openTable(connection, "bridgestate").url).toMatch(tableUrl);
    expect(new URL(openTable(connection, "bridgestate").url).origin).toBe(tableUrl);
    const { url } = openContainer(connection, "dead-letters");
    expect(new URL(url).origin).toBe(blobUrl);
    expect(new URL(url).pathname).toMatch(/^\/(devstoreaccount1\/)?dead-letters$/);
  });

  it.each([
    ["nothing", "", /neither AccountKey/],
    ["no text of the kind", "hello", /neither AccountKey/],
    ["an empty key", "AccountName=bridge;AccountKey=", /neither AccountKey/],
    ["no account name", `AccountKey=${key}`, /neither AccountName/],
    [
      "endpoints but no account name",
      `AccountKey=${key};TableEndpoint=https://t;BlobEndpoint=https://b`,
      /AccountName is/,
    ],
    ["a signature without endpoints", "SharedAccessSignature=sv=1&sig=secret", /neither AccountName/],
    ["endpoints that are no URLs", `${withKey};TableEndpoint=secret;BlobEndpoint=secret`, /is not a URL/],
  ])("refuse a connection string with %s, without quoting it", (_, connectionString, message) => {
    for (const open of [openTable, openContainer]) {
      const error = errorOf(() => open(text(connectionString), "name"));
      expect(error).toMatchObject({ code: "SETTINGS_INVALID", message: expect.stringMatching(message) });
      expect(error.cause).toBeUndefined();
      expect(error.message + error.fix).not.toMatch(/secret|a2V5/);
    }
  });

  it.each([
    [
      "a connection string",
      text("TableEndpoint=http://t.example;BlobEndpoint=http://b.example;SharedAccessSignature=sv=1&sig=x"),
    ],
    ["a key", text(withKey.replace("https", "http"))],
    ["an identity", identity("http://t.example", "http://b.example")],
    ["an identity on this machine", identity("http://127.0.0.1:10002", "http://127.0.0.1:10000")],
  ])("refuse plain http for %s", (_, connection) => {
    for (const open of [openTable, openContainer]) {
      expect(errorOf(() => open(connection, "name"))).toMatchObject({
        code: "SETTINGS_INVALID",
        message: expect.stringMatching(/not encrypted/),
      });
    }
  });

  describe("behind a proxy", () => {
    let proxy: Server;
    afterEach(() => {
      vi.unstubAllEnvs();
      proxy.close();
    });

    it("go where HTTPS_PROXY says", async () => {
      const asked: string[] = [];
      proxy = createServer().on("connect", (request, socket) => {
        asked.push(String(request.url));
        socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      });
      await new Promise<void>((resolve) => {
        proxy.listen(0, "127.0.0.1", resolve);
      });
      const address = proxy.address();
      vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
      const connection = identity("https://t.example", "https://b.example");
      const once = { ...impatient, retries: 0 };
      await expect(openTable(connection, "bridgestate", once).getEntity("p", "r")).rejects.toMatchObject({
        statusCode: 502,
      });
      await expect(openContainer(connection, "letters", once).exists()).rejects.toMatchObject({ statusCode: 502 });
      expect(asked).toEqual(["t.example:443", "b.example:443"]);
    });
  });
});

function errorOf(work: () => unknown): BridgeError {
  try {
    work();
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
