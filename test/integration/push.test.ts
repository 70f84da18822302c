// Push beside polling over real sockets: two instances of the webhook, the timer's handler, faults, each event once.
import { beforeAll, describe, expect, it } from "vitest";
import type { SimulatedRecord } from "../../dev/microshare-simulator/index.ts";
import { sharedAzurite } from "../azurite.ts";
import { createChance } from "../simulation/chance.ts";
import { failuresOf, HUB, MINUTE_MS, startBridge, summaryOf, type BridgeUnderTest } from "./bridge-under-test.ts";
import { envelope, startReceiver, type Pushed, type Receiver } from "./receivers.ts";

beforeAll(sharedAzurite);

const ROOMS = { name: "rooms", kind: "share", recType: "io.example.rooms", push: true };
const keys = [{ name: "bridge", key: "bGlzdGVuIGFuZCBzZW5kIGtleQ==", rights: ["Send", "Listen"] }] as const;

function startPolled(): Promise<BridgeUnderTest> {
  return startBridge({
    feeds: () => [ROOMS],
    settings: { WEBHOOK: "on", SEND_TIMEOUT: "PT2S", WEBHOOK_REQUESTS_PER_MINUTE: "10000" },
    hubs: { hubs: [{ name: HUB, partitionCount: 2 }], keys: [...keys] },
  });
}

function isDone({ status }: Pushed): boolean {
  return status === 200;
}

describe("push beside polling, over sockets", () => {
  it("brings each event once, whatever is missed, late, repeated, cut off, throttled or not answered", async () => {
    await using bridge = await startPolled();
    const { clock, microshare, hubs } = bridge;
    const chance = createChance(7);
    const receivers: Receiver[] = [await startReceiver(bridge), await startReceiver(bridge)];
    await using _ = {
      async [Symbol.asyncDispose]() {
        for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
      },
    };
    expect(failuresOf(await bridge.run())).toEqual([]);
    const produced: SimulatedRecord[] = [];
    const atOnce = new Set<string>();
    const late: SimulatedRecord[] = [];
    const took: number[] = [];
    const seen = { forwarded: 0, repeated: 0, leftToPoll: 0, failed: 0 };
    const note = (pushed: Pushed): Pushed => {
      if (!isDone(pushed)) {
        seen.failed += 1;
        expect(pushed).toMatchObject({ status: 503, retryAfter: "10", body: { status: 503 } });
      }
      for (const name of ["forwarded", "repeated", "leftToPoll"] as const) seen[name] += Number(pushed.body[name] ?? 0);
      return pushed;
    };
    const pushBy = (number: number, records: readonly SimulatedRecord[], signal?: AbortSignal): Promise<Pushed> => {
      const list = records.map(({ json }) => envelope(json));
      return (receivers[number % receivers.length] as Receiver).push(list.length === 1 ? list[0] : list, signal);
    };

    for (let hour = 0; hour < 2; hour += 1) {
      // Past the five minutes before which nothing may be pushed.
      clock.now += 6 * MINUTE_MS;
      for (let number = 0; number < 20; number += 1) {
        clock.now += chance.between(20_000, 2 * MINUTE_MS);
        const some = Array.from({ length: chance.between(1, 3) }, () => microshare.add({ recType: ROOMS.recType }));
        produced.push(...some);
        const strike = chance.next();
        if (strike < 0.2) hubs.faults.loseAcknowledgement({ hub: HUB, times: 1 });
        else if (strike < 0.3) hubs.faults.dropBeforeStoring({ hub: HUB, times: 1 });
        else if (strike < 0.4) hubs.faults.serverBusy({ hub: HUB, times: 2 });
        const kind = chance.next();
        if (kind < 0.15) continue; // missed
        if (kind < 0.3) late.push(...some);
        else if (kind < 0.45) {
          // The caller goes away in the middle, and tries again elsewhere.
          const impatient = new AbortController();
          const gone = pushBy(number, some, impatient.signal).catch(() => undefined);
          setImmediate(() => impatient.abort());
          note(await pushBy(number + 1, some));
          await gone;
        } else if (kind < 0.6) for (const one of await Promise.all([0, 1].map((n) => pushBy(n, some)))) note(one);
        else {
          const before = hubs.faults.counts.transfersStoredUnacknowledged;
          const [began, beganAt] = [performance.now(), clock.now];
          const pushed = note(await pushBy(number, some));
          const undisturbed = hubs.faults.counts.transfersStoredUnacknowledged === before && clock.now === beganAt;
          if (isDone(pushed) && undisturbed) {
            took.push(performance.now() - began);
            if (pushed.body["forwarded"] === some.length) for (const { id } of some) atOnce.add(id);
          }
        }
        // Again, some minutes later.
        if (chance.happens(0.2)) note(await pushBy(number + 1, chance.pick([some, produced.slice(-6)])));
        if (late.length > 3) note(await pushBy(number, late.splice(0)));
      }
      // Polling and pushing at the same moment.
      clock.now += 16 * MINUTE_MS;
      const fresh = microshare.add({ recType: ROOMS.recType });
      produced.push(fresh);
      const [run, pushed] = await Promise.all([bridge.run(), pushBy(hour, [fresh])]);
      note(pushed);
      if (hour === 1) bridge.restart();
      expect(failuresOf(run).map(({ code }) => code)).toEqual(expect.not.arrayContaining(["PUSH_NOT_SAFE"]));
    }
    hubs.faults.clear();
    for (let calm = 0; calm < 2; calm += 1) {
      clock.now += 20 * MINUTE_MS;
      expect(failuresOf(await bridge.run())).toEqual([]);
    }
    const arrived = bridge.events("rooms").map(({ properties }) => String(properties["recordKey"]));
    expect(arrived.toSorted()).toEqual(produced.map(({ id }) => id).toSorted());
    const messageIds = bridge.events("rooms").map(({ messageId }) => messageId);
    expect(new Set(messageIds).size).toBe(produced.length);
    // It was really tried, and in every way.
    expect(Math.min(seen.forwarded, seen.repeated, seen.leftToPoll, seen.failed)).toBeGreaterThan(0);
    expect(hubs.faults.counts.transfersStoredUnacknowledged).toBeGreaterThan(0);
    // Pushed events were there within a second: by the hub's clock, which stands still but for waits, and by a real one.
    for (const { properties, enqueuedAt } of bridge.events("rooms")) {
      const key = String(properties["recordKey"]);
      if (atOnce.has(key)) {
        const stored = produced.find(({ id }) => id === key)?.storedAt ?? 0;
        expect(enqueuedAt - stored).toBeLessThanOrEqual(1000);
      }
    }
    expect(atOnce.size).toBeGreaterThan(10);
    expect(took.toSorted((one, other) => one - other)[Math.floor(took.length / 2)]).toBeLessThan(1000);
  }, 120_000);

  it("gives the same event as polling, and tells what became of every envelope", async () => {
    await using bridge = await startPolled();
    const { clock, microshare } = bridge;
    await using receiver = await startReceiver(bridge);
    const early = microshare.add({ recType: ROOMS.recType });
    // Nothing may be pushed before the first run.
    expect(await receiver.push(envelope(early.json))).toMatchObject({ status: 200, body: { leftToPoll: 1 } });
    await bridge.run();
    clock.now += 10 * MINUTE_MS;
    // The instance believes what it heard for half a minute of real time: another one asks now.
    await using other = await startReceiver(bridge);
    const [one, two, three] = [0, 0, 0].map(() => microshare.add({ recType: ROOMS.recType }));
    if (one === undefined || two === undefined || three === undefined) throw new Error("no record");
    const { checksum: _, ...bare } = Object(envelope(two.json)["obj"]);
    const answer = await other.push([
      envelope(one.json),
      { ...envelope(two.json), obj: bare },
      envelope(three.json, "update"),
      envelope(three.json, "delete"),
      { ...envelope(three.json), obj_type: "devices" },
      { event_type: "create", recType: "io.example.other", obj: { id: "1" } },
    ]);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: "Records taken", forwarded: 1, repeated: 0, leftToPoll: 2, deletes: 1, ignored: 2, filtered: 0 },
    });
    clock.now += 30 * MINUTE_MS;
    const run = await bridge.run();
    expect(summaryOf(run, "rooms")).toMatchObject({ outcome: "caught-up", pushed: 1, delivered: 3 });
    const events = bridge.events("rooms");
    expect(events.map(({ properties }) => String(properties["recordKey"])).toSorted()).toEqual(
      [early, one, two, three].map(({ id }) => id).toSorted(),
    );
    const pushed = events.find(({ properties }) => properties["recordKey"] === one.id);
    const polled = events.find(({ properties }) => properties["recordKey"] === two.id);
    expect(JSON.parse(String(pushed?.body))).toEqual(envelope(one.json)["obj"]);
    expect(Object.keys(pushed?.properties ?? {})).toEqual(Object.keys(polled?.properties ?? {}));
    expect(pushed?.properties).toMatchObject({ route: "rooms@event-hub", feed: "rooms", version: one.checksum });
  });

  it("says in one answer all that is wrong with a body, and that a sink is down", async () => {
    await using bridge = await startPolled();
    await using receiver = await startReceiver(bridge);
    const record = bridge.microshare.add({ recType: ROOMS.recType });
    const bad = await receiver.push([{ event_type: "made", obj: {} }, envelope(record.json), { event_type: "create" }]);
    expect(bad).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/0/event_type" }, { pointer: "/2/obj" }] },
    });
    const many = Array.from({ length: 1001 }, () => ({ event_type: "delete", obj: {} }));
    expect(await receiver.push(many)).toMatchObject({ status: 400, body: { errors: [{ pointer: "" }] } });
    await bridge.run();
    bridge.clock.now += 10 * MINUTE_MS;
    const fresh = bridge.microshare.add({ recType: ROOMS.recType });
    await bridge.hubs.close();
    const down = await receiver.push([envelope(fresh.json)]);
    expect(down).toMatchObject({ status: 503, retryAfter: "10", body: { forwarded: 0, repeated: 0 } });
    expect(JSON.stringify(down.body)).not.toMatch(/sb:|127\.0\.0\.1|SharedAccess/);
  });
});
