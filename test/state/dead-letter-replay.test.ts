// Replay and retention of dead letters in memory and on Azurite, also when storage misbehaves.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeadLetterReplayStore, DeadLetterSight } from "../../src/pipeline/dead-letter-ports.ts";
import { blobDeadLetters } from "../../src/state/blob-dead-letters.ts";
import { deadLetterReplay } from "../../src/state/dead-letter-replay.ts";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { routeKey } from "../../src/state/route-key.ts";
import { openContainer } from "../../src/state/blob-container.ts";
import { openTable } from "../../src/state/storage-clients.ts";
import { tableCheckpoints } from "../../src/state/table-checkpoints.ts";
import { tableDeadLetters } from "../../src/state/table-dead-letters.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { letter, noon, someCheckpoint } from "../contracts/checkpoint-samples.ts";
import { describeDeadLetterReplay } from "../contracts/dead-letter-replay.ts";
import type { Fault, FaultProxy } from "./fault-proxy.ts";
import { busy, drop, lostAnswer, newRoute, openFaultyTable, refused, type FaultyTable } from "./faulty-table.ts";

describeDeadLetterReplay("memory", async () => {
  const checkpoints = memoryCheckpoints();
  const bodies = memoryDeadLetters(undefined, Date.now);
  return { replay: deadLetterReplay(checkpoints, bodies, 3), checkpoints, bodies };
});

describeDeadLetterReplay("table and container", async () => {
  const { connectionString } = await sharedAzurite();
  const connection = { kind: "connection-string", connectionString } as const;
  const table = openTable(connection, uniqueName("replay"));
  const bodies = blobDeadLetters(openContainer(connection, uniqueName("replay")));
  return {
    replay: deadLetterReplay(tableDeadLetters(table), bodies, 3),
    checkpoints: tableCheckpoints(table),
    bodies,
  };
});

describe("tableDeadLetters when storage misbehaves", () => {
  let faulty: FaultyTable;
  let proxy: FaultProxy;
  let replay: DeadLetterReplayStore;
  const bodies = memoryDeadLetters(undefined, () => 0);
  beforeAll(async () => {
    faulty = await openFaultyTable();
    ({ proxy } = faulty);
    replay = deadLetterReplay(tableDeadLetters(faulty.open(faulty.direct.tableName)), bodies);
  });
  beforeEach(() => proxy.reset());
  afterAll(() => faulty.close());

  async function noted(route: string, count = 1): Promise<DeadLetterSight[]> {
    const deadLetters = Array.from({ length: count }, (_, index) => letter(index));
    for (const { eventId, reason } of deadLetters) {
      await bodies.put(route, { eventId, reason, body: Buffer.from("{}") });
    }
    await faulty.store.save(route, { checkpoint: someCheckpoint(), deadLetters }, undefined);
    return list(route);
  }

  async function list(route: string): Promise<DeadLetterSight[]> {
    const letters: DeadLetterSight[] = [];
    for await (const one of replay.listDeadLetters(route)) letters.push(one);
    return letters;
  }

  async function claim(route: string, seen: DeadLetterSight | undefined): Promise<DeadLetterSight | undefined> {
    if (seen === undefined) throw new Error(`${route} has no dead letter.`);
    return replay.claimDeadLetter(route, seen, "a");
  }

  it.each<[string, readonly Fault[]]>([
    ["the second try is refused", [lostAnswer]],
    ["every answer is lost", [lostAnswer, lostAnswer, lostAnswer]],
  ])("has claimed a letter when the answer is lost and %s", async (_, faults) => {
    const route = newRoute();
    const [seen] = await noted(route);
    proxy.meet(...faults);
    const claimed = await claim(route, seen);
    expect(claimed).toMatchObject({ claimedBy: "a" });
    expect(await list(route)).toEqual([claimed]);
  });

  it("has not claimed a letter that somebody else claimed before the answer was lost", async () => {
    const route = newRoute();
    const [seen] = await noted(route);
    if (seen) await replay.claimDeadLetter(route, seen, "b");
    proxy.meet(lostAnswer);
    expect(await claim(route, seen)).toBeUndefined();
  });

  it("is STATE_UNAVAILABLE when claim, removal or list do not arrive", async () => {
    const route = newRoute();
    const [seen] = await noted(route);
    const unavailable = { code: "STATE_UNAVAILABLE" };
    proxy.meet(drop, drop, drop);
    await expect(claim(route, seen)).rejects.toMatchObject(unavailable);
    proxy.meet(drop, drop, drop);
    await expect(replay.removeDeadLetter(route, letter(0).eventId)).rejects.toMatchObject(unavailable);
    proxy.meet(busy, busy, busy);
    await expect(list(route)).rejects.toMatchObject(unavailable);
    expect(await list(route)).toEqual([seen]);
  });

  it("is STATE_DENIED when the identity may not", async () => {
    proxy.meet(refused(403, "AuthorizationPermissionMismatch"));
    await expect(list(newRoute())).rejects.toMatchObject({ code: "STATE_DENIED" });
  });

  it("keeps the body when its row could not be removed", async () => {
    const route = newRoute();
    await noted(route);
    const { eventId } = letter(0);
    await bodies.put(route, { eventId, reason: "", body: Buffer.from("{}") });
    proxy.meet(drop, drop, drop);
    await expect(replay.removeDeadLetter(route, eventId)).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    expect(await replay.readDeadLetter(route, eventId)).toBeDefined();
  });

  it("removes the rest when one of many is gone already", async () => {
    const route = newRoute();
    await noted(route, 10);
    proxy.meet(async (_request, forward) => {
      const listed = await forward();
      await faulty.direct.deleteEntity(routeKey(route), `dead-letter-${letter(7).eventId}`);
      return listed;
    });
    await replay.expireDeadLetters(route, noon + 1);
    expect(await list(route)).toEqual([]);
  });

  it("asks the table nothing while no body is old: a quiet route costs one list call", async () => {
    const route = newRoute();
    await noted(route);
    proxy.reset();
    expect(await replay.expireDeadLetters(route, 0)).toEqual({ removed: 0, more: false });
    expect(proxy.requests).toHaveLength(0);
  });

  it("leaves the identity out of a row that cannot hold it whole", async () => {
    const route = newRoute();
    const deadLetters = [{ ...letter(1), recordKey: "x".repeat(2001) }];
    await faulty.store.save(route, { checkpoint: someCheckpoint(), deadLetters }, undefined);
    expect((await list(route))[0]?.entry.identity).toBeUndefined();
  });

  it("reads rows of a bridge that did not note identities", async () => {
    const route = newRoute();
    const { identity: _, ...before } = letter(1);
    await faulty.store.save(route, { checkpoint: someCheckpoint(), deadLetters: [before] }, undefined);
    expect((await list(route)).map(({ entry }) => entry)).toStrictEqual([before]);
  });

  it("removes a hundred rows in one transaction", async () => {
    const route = newRoute();
    await noted(route, 90);
    proxy.reset();
    expect(await replay.expireDeadLetters(route, noon + 1)).toEqual({ removed: 90, more: false });
    expect(proxy.requests).toHaveLength(2);
  });

  it.each<[string, Record<string, unknown>]>([
    ["a reason of the wrong type", { reason: 1 }],
    ["bytes that are text", { bytes: "many" }],
    ["a time that is none", { at: "yesterday" }],
    ["a window without end", { windowTo: "" }],
    ["a claimant of the wrong type", { claimedBy: 1 }],
    ["a key of the wrong type", { recordKey: 1 }],
    ["a type of the wrong type", { recType: 1 }],
    ["a version of the wrong type", { version: 1 }],
    ["a device of the wrong type", { device: 1 }],
    ["a record time that is none", { recordTime: "noon" }],
    ["positions that are none", { claimedBy: "a", positions: "{}" }],
    ["an end that is none", { claimedBy: "a", upTo: "{}" }],
    ["positions that are no JSON", { claimedBy: "a", positions: "{" }],
    ["positions whose partitions are a list", { claimedBy: "a", positions: '{"hub":"a","partitions":[]}' }],
  ])("is STATE_UNREADABLE at a damaged row: %s", async (_, change) => {
    const route = newRoute();
    await noted(route);
    const rowKey = `dead-letter-${letter(0).eventId}`;
    await faulty.direct.updateEntity({ partitionKey: routeKey(route), rowKey, ...change }, "Merge");
    await expect(list(route)).rejects.toMatchObject({ code: "STATE_UNREADABLE", fix: expect.stringMatching(/row/) });
  });
});
