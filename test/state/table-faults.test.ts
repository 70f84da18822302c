// The table store when storage is down, refuses or answers strangely: absent is never mixed up with failed.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { CheckpointStore } from "../../src/pipeline/ports.ts";

import { openTable } from "../../src/state/storage-clients.ts";
import { tableCheckpoints } from "../../src/state/table-checkpoints.ts";
import { uniqueName } from "../azurite.ts";
import { ledgerIds, segmentChange } from "../contracts/checkpoint-samples.ts";
import type { Fault, FaultProxy } from "./fault-proxy.ts";
import {
  busy,
  drop,
  hang,
  impatient,
  newRoute,
  openFaultyTable,
  refused,
  webPage,
  type FaultyTable,
} from "./faulty-table.ts";

describe("tableCheckpoints when storage misbehaves", () => {
  let faulty: FaultyTable;
  let store: CheckpointStore;
  let proxy: FaultProxy;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ store, proxy } = faulty);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  describe("throttling and outages", () => {
    it("pass unseen while the tries last", async () => {
      const route = newRoute();
      proxy.meet(busy, drop);
      const saved = await store.save(route, segmentChange(1), undefined);
      proxy.meet(busy, refused(500, "OperationTimedOut"));
      expect(await store.load(route)).toEqual(saved);
    });

    it.each<[string, Fault]>([
      ["503", busy],
      ["429", refused(429, "TooManyRequests")],
      ["500", refused(500, "InternalError")],
      ["a dropped connection", drop],
    ])("end a load with STATE_UNAVAILABLE after bounded tries: %s", async (_, fault) => {
      proxy.meet(...Array.from({ length: 10 }, () => fault));
      await expect(store.load(newRoute())).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
      expect(proxy.requests.length).toBeLessThanOrEqual(1 + impatient.retries);
    });

    it("end a call that hangs with STATE_UNAVAILABLE", async () => {
      const waiting = tableCheckpoints(faulty.open("waiting", impatient));
      proxy.meet(hang, hang, hang);
      await expect(waiting.load(newRoute())).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    });

    it("end a call that is told to wait beyond its time with STATE_UNAVAILABLE", async () => {
      const hurried = tableCheckpoints(faulty.open("hurried"), { operationTimeoutMs: 100 });
      proxy.meet(() => ({ status: 503, headers: { "retry-after": "60" } }));
      await expect(hurried.load(newRoute())).rejects.toMatchObject({
        code: "STATE_UNAVAILABLE",
        message: expect.stringMatching(/no answer in time/),
      });
    });
  });

  describe("absent is not failed", () => {
    const odd: [string, Fault, string][] = [
      ["403", refused(403, "AuthorizationFailure"), "STATE_DENIED"],
      ["401", refused(401, "InvalidAuthenticationInfo"), "STATE_DENIED"],
      ["404 of something else", refused(404, "AccountNotFound"), "STATE_UNREADABLE"],
      [
        "404 without a code",
        () => ({ status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" }),
        "STATE_UNREADABLE",
      ],
      ["a web page", webPage, "STATE_UNREADABLE"],
      [
        "half a JSON text",
        () => ({ status: 200, headers: { "content-type": "application/json" }, body: '{"start":' }),
        "STATE_UNREADABLE",
      ],
    ];
    it.each(odd)("when loading meets %s", async (_, fault, code) => {
      proxy.meet(fault);
      await expect(store.load(newRoute())).rejects.toMatchObject({ code, fix: expect.stringMatching(/./) });
    });

    it.each(odd)("when reading the ledger meets %s", async (_, fault, code) => {
      const route = newRoute();
      await store.save(route, segmentChange(1), undefined);
      proxy.meet(fault);
      await expect(ledgerIds(store, route, 0)).rejects.toMatchObject({ code });
    });

    it("names the role to grant, and no secret", async () => {
      const wrongKey = faulty.connectionString.replace("AccountKey=Eby8", "AccountKey=AAAA");
      const denied = tableCheckpoints(openTable({ kind: "connection-string", connectionString: wrongKey }, "denied"));
      const error = await denied.load("some route").catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: "STATE_DENIED",
        fix: expect.stringMatching(/Storage Table Data Contributor/),
      });
      expect(error instanceof BridgeError && `${error.message} ${error.fix}`).not.toMatch(/AAAA|SharedKey|sig=/);
      await expect(denied.save("some route", segmentChange(1), undefined)).rejects.toMatchObject({
        code: "STATE_DENIED",
      });
      await expect(denied.compactLedger("some route", 0)).rejects.toMatchObject({ code: "STATE_DENIED" });
    });

    it("when nobody listens at the address", async () => {
      const nowhere = faulty.connectionString.replace(
        /TableEndpoint=[^;]*/,
        "TableEndpoint=http://127.0.0.1:1/devstoreaccount1",
      );
      const unreachable = openTable({ kind: "connection-string", connectionString: nowhere }, "nowhere", impatient);
      await expect(tableCheckpoints(unreachable).load("x")).rejects.toMatchObject({
        code: "STATE_UNAVAILABLE",
        message: expect.stringMatching(/ECONNREFUSED/),
      });
    });

    it("when the name of the table is impossible", async () => {
      const client = openTable({ kind: "connection-string", connectionString: faulty.connectionString }, "no-hyphens");
      await expect(tableCheckpoints(client).load("x")).rejects.toMatchObject({
        code: "STATE_UNREADABLE",
        fix: expect.stringMatching(/STATE_TABLE/),
      });
    });

    it("when the identity gives no token", async () => {
      class CredentialUnavailableError extends Error {
        override readonly name = "CredentialUnavailableError";
      }
      const client = openTable(
        {
          kind: "identity",
          tableServiceUrl: "https://127.0.0.1:1",
          blobServiceUrl: "https://127.0.0.1:1",
          credential: { getToken: () => Promise.reject(new CredentialUnavailableError("none")) },
        },
        "identity",
        impatient,
      );
      await expect(tableCheckpoints(client).load("x")).rejects.toMatchObject({
        code: "STATE_DENIED",
        fix: expect.stringMatching(/managed identity/),
      });
    });

    it("lets bugs through as they are", async () => {
      const broken = faulty.open(uniqueName("bug"));
      broken.getEntity = () => Promise.reject(new TypeError("a bug"));
      await expect(tableCheckpoints(broken).load("x")).rejects.toThrow(TypeError);
    });
  });

  describe("a missing table", () => {
    it("is created by the first load", async () => {
      const client = faulty.open(uniqueName("fresh"));
      const fresh = tableCheckpoints(client);
      expect(await fresh.load("a")).toBeUndefined();
      await client.createEntity({ partitionKey: "proof", rowKey: "proof" });
    });

    it("is created by a first save", async () => {
      const fresh = tableCheckpoints(faulty.open(uniqueName("fresh")));
      const saved = await fresh.save("a", segmentChange(1), undefined);
      expect(await fresh.load("a")).toEqual(saved);
    });

    it("holds no rows", async () => {
      const fresh = tableCheckpoints(faulty.open(uniqueName("fresh")));
      expect(await ledgerIds(fresh, "a", 0)).toEqual([]);
      await fresh.compactLedger("a", 0);
    });

    it("that went away during a run is STATE_CONFLICT for the next save", async () => {
      const client = faulty.open(uniqueName("fresh"));
      const fresh = tableCheckpoints(client);
      const { revision } = await fresh.save("a", segmentChange(1), undefined);
      await client.deleteTable();
      await expect(fresh.save("a", segmentChange(2), revision)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
    });

    it("that cannot be created is told", async () => {
      proxy.meet(refused(404, "TableNotFound"), refused(403, "AuthorizationPermissionMismatch"));
      await expect(store.load("x")).rejects.toMatchObject({
        code: "STATE_DENIED",
        message: expect.stringMatching(/create the table/),
      });
    });

    it("that is being deleted is STATE_UNAVAILABLE", async () => {
      proxy.meet(refused(404, "TableNotFound"), refused(409, "TableBeingDeleted"));
      await expect(store.load("x")).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
      const gone = refused(404, "TableNotFound");
      proxy.meet(gone, () => ({ status: 204 }), gone, refused(404, "ResourceNotFound"));
      await expect(store.save("x", segmentChange(1), undefined)).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    });
  });
});
