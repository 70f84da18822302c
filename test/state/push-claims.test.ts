// Claims on pushed records, in memory and on a real table (Azurite), keep the same promises.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PushClaims } from "../../src/pipeline/push-ports.ts";
import { memoryPushClaims } from "../../src/state/memory-push-claims.ts";
import { openTable } from "../../src/state/storage-clients.ts";
import { tablePushClaims } from "../../src/state/table-push-claims.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { describePushClaims } from "../contracts/push-claims.ts";
import { busy, lostAnswer, newRoute, openFaultyTable, type FaultyTable } from "./faulty-table.ts";

describePushClaims("memoryPushClaims", async () => ({ claims: memoryPushClaims(Date.now), now: Date.now }));
describePushClaims("tablePushClaims", async () => {
  const { connectionString } = await sharedAzurite();
  const client = openTable({ kind: "connection-string", connectionString }, uniqueName("claims"));
  return { claims: tablePushClaims(client), now: Date.now };
});

describe("tablePushClaims when answers are lost", () => {
  const names = ["1", "2"].map((name) => name.padStart(32, "0"));
  let faulty: FaultyTable;
  let claims: PushClaims;
  beforeAll(async () => {
    faulty = await openFaultyTable();
    claims = tablePushClaims(faulty.direct);
  });
  beforeEach(() => faulty.proxy.reset());
  afterAll(() => faulty.close());

  it("knows its own claims again", async () => {
    const route = newRoute();
    const own = tablePushClaims(faulty.open(faulty.direct.tableName));
    faulty.proxy.meet(lostAnswer);
    expect([...(await own.claim(route, names, "one")).names]).toEqual(names);
    expect((await own.claim(route, names, "other")).names.size).toBe(0);
  });

  it("throws where it cannot tell, and what may be claimed stays so", async () => {
    const route = newRoute();
    const own = tablePushClaims(faulty.open(faulty.direct.tableName));
    faulty.proxy.meet(...Array.from({ length: 20 }, () => busy));
    await expect(own.claim(route, names, "one")).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    faulty.proxy.reset();
    expect((await claims.claim(route, names, "other")).names.size).toBe(2);
  });
});
