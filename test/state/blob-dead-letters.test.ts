// The dead-letter store on a real blob container (Azurite), also when storage misbehaves.
import type { ContainerClient, ContainerListBlobsOptions } from "@azure/storage-blob";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { blobDeadLetters } from "../../src/state/blob-dead-letters.ts";
import { routeKey } from "../../src/state/route-key.ts";
import { openContainer } from "../../src/state/blob-container.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { describeDeadLetterStore, id } from "../contracts/dead-letter-store.ts";
import { startFaultProxy, type Fault, type FaultProxy } from "./fault-proxy.ts";
import { drop, hang, impatient, lostAnswer } from "./faulty-table.ts";

describeDeadLetterStore("blobDeadLetters", async () => {
  const { connectionString } = await sharedAzurite();
  const container = openContainer({ kind: "connection-string", connectionString }, uniqueName("letters"));
  return {
    store: blobDeadLetters(container),
    async read(route, eventId) {
      const blob = container.getBlobClient(`${routeKey(route)}/${eventId}`);
      const { metadata } = await blob.getProperties();
      return { body: await blob.downloadToBuffer(), reason: decodeURIComponent(metadata?.["reason"] ?? "") };
    },
  };
});

describe("blobDeadLetters when storage misbehaves", () => {
  let proxy: FaultProxy;
  let connectionString: string;
  let container: ContainerClient;

  beforeAll(async () => {
    const azurite = await sharedAzurite();
    proxy = await startFaultProxy(azurite.blobUrl);
    connectionString = azurite.connectionString.replace(/BlobEndpoint=[^;]*/, `BlobEndpoint=${proxy.url}`);
    container = openContainer({ kind: "connection-string", connectionString }, uniqueName("letters"), impatient);
    await container.create();
  });
  beforeEach(() => proxy.reset());
  afterAll(() => proxy.close());

  const store = () => blobDeadLetters(container, { operationTimeoutMs: 1_000 });

  it("needs one call a letter", async () => {
    await blobDeadLetters(container).put("a", letter(1));
    expect(proxy.requests).toHaveLength(1);
  });

  it("has kept the letter when the answer to the first try gets lost", async () => {
    proxy.meet(lostAnswer);
    await blobDeadLetters(container).put("a", letter(2));
    expect(await container.getBlobClient(`a/${id(2)}`).exists()).toBe(true);
  });

  it.each<[string, Fault, RegExp]>([
    ["connections drop", drop, /ECONNRESET/],
    ["answers do not come", hang, /no answer in time/],
    ["storage is throttled", refusedByBlobs(503, "ServerBusy"), /503 ServerBusy/],
    ["the account is unknown", refusedByBlobs(404, "ResourceNotFound"), /404 ResourceNotFound/],
  ])("fails with DEAD_LETTER_FAILED when %s", async (_, fault, message) => {
    proxy.meet(fault, fault, fault, fault);
    const put = blobDeadLetters(container, { operationTimeoutMs: 500 }).put("some route", letter(3));
    await expect(put).rejects.toMatchObject({ code: "DEAD_LETTER_FAILED", message: expect.stringMatching(message) });
    expect(proxy.requests.length).toBeLessThanOrEqual(1 + impatient.retries);
  });

  it("names the role to grant, and no secret", async () => {
    const wrongKey = connectionString.replace("AccountKey=Eby8", "AccountKey=AAAA");
    const denied = openContainer({ kind: "connection-string", connectionString: wrongKey }, container.containerName);
    const error = await blobDeadLetters(denied)
      .put("a", letter(4))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "DEAD_LETTER_FAILED",
      fix: expect.stringMatching(/Storage Blob Data Contributor/),
    });
    expect(error instanceof BridgeError && `${error.message} ${error.fix}`).not.toMatch(/AAAA|SharedKey|sig=/);
  });

  it("says so when the identity gives no token", async () => {
    class CredentialUnavailableError extends Error {
      override readonly name = "CredentialUnavailableError";
    }
    const credential = { getToken: () => Promise.reject(new CredentialUnavailableError("none")) };
    const url = "https://127.0.0.1:1";
    const client = openContainer(
      { kind: "identity", tableServiceUrl: url, blobServiceUrl: url, credential },
      "letters",
    );
    await expect(blobDeadLetters(client).put("a", letter(5))).rejects.toMatchObject({
      code: "DEAD_LETTER_FAILED",
      fix: expect.stringMatching(/Storage Blob Data Contributor/),
    });
  });

  describe("reading, removing and listing", () => {
    const calls: [string, () => Promise<unknown>][] = [
      ["read", () => store().get("a", id(7))],
      ["remove", () => store().remove("a", id(7))],
      ["list", () => collect(store().list("a"))],
    ];

    it.each(calls)("fails with DEAD_LETTER_FAILED when storage is down or refuses: %s", async (doing, call) => {
      for (const fault of [drop, refusedByBlobs(503, "ServerBusy"), refusedByBlobs(404, "ResourceNotFound")]) {
        proxy.reset();
        proxy.meet(fault, fault, fault, fault);
        const failed = { code: "DEAD_LETTER_FAILED", message: expect.stringMatching(doing) };
        await expect(call()).rejects.toMatchObject(failed);
      }
      proxy.reset();
      proxy.meet(refusedByBlobs(403, "AuthorizationPermissionMismatch"));
      await expect(call()).rejects.toMatchObject({ fix: expect.stringMatching(/Storage Blob Data Contributor/) });
    });

    it("finds nothing in a container that is missing", async () => {
      const missing = openContainer({ kind: "connection-string", connectionString }, uniqueName("missing"));
      expect(await blobDeadLetters(missing).get("a", id(1))).toBeUndefined();
      expect(await collect(blobDeadLetters(missing).list("a"))).toEqual([]);
      await blobDeadLetters(missing).remove("a", id(1));
    });

    it("never gives half a body", async () => {
      await store().put("a", letter(7));
      proxy.reset();
      proxy.meet(async (_request, forward) => {
        const answer = await forward();
        return { ...answer, headers: { ...answer.headers, "content-length": "10", connection: "close" } };
      });
      await expect(store().get("a", id(7))).rejects.toMatchObject({ code: "DEAD_LETTER_FAILED" });
    });

    it("has removed a body when the answer gets lost", async () => {
      await store().put("a", letter(8));
      proxy.meet(lostAnswer);
      await store().remove("a", id(8));
      expect(await store().get("a", id(8))).toBeUndefined();
    });

    it("lists page by page", async () => {
      for (const number of [1, 2, 3]) await store().put("paged/route", letter(number));
      const small = new Proxy(container, {
        get: (target, name) => {
          if (name !== "listBlobsFlat") return Reflect.get(target, name);
          return (options: ContainerListBlobsOptions) => {
            const pages = target.listBlobsFlat(options);
            return { byPage: (settings: object) => pages.byPage({ ...settings, maxPageSize: 2 }) };
          };
        },
      });
      proxy.reset();
      const listed = await collect(blobDeadLetters(small).list("paged/route"));
      expect(listed.map(({ eventId }) => eventId)).toEqual([1, 2, 3].map((number) => id(number)));
      expect(proxy.requests).toHaveLength(2);
      const age = Date.now() - Number(listed[0]?.putAt);
      expect(age).toBeGreaterThan(-2_000);
      expect(age).toBeLessThan(60_000);
    });
  });

  it("lets bugs through as they are", async () => {
    const put = blobDeadLetters(container).put("a".repeat(600), letter(6));
    await expect(put).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
  });
});

function refusedByBlobs(status: number, code: string): Fault {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return () => ({ status, headers: { "content-type": "application/xml", "x-ms-error-code": code }, body });
}

function letter(number: number): { eventId: string; reason: string; body: Uint8Array } {
  return { eventId: id(number), reason: "too large", body: Buffer.from("{}") };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
