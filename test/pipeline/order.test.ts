import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { fc } from "../fast-check.ts";
import type { FakeRecord } from "./fake-feed.ts";
import { HOUR, MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const anyRecords = fc.array(
  fc.record({
    minute: fc.nat(9 * 60),
    device: fc.constantFrom("a", "b", "c"),
    size: fc.integer({ min: 50, max: 400 }),
  }),
  { maxLength: 80 },
);

describe("order, without the net under it", () => {
  it.each([
    { ascending: false, mostFailures: 5 },
    // A list that breaks off keeps what came before, and meets the instant where it broke off again: under the ledger.
    { ascending: true, mostFailures: 0 },
  ])(
    "is that of the records per device, each once, with no lookback and a ledger that forgets, whatever the pages and limits, ascending: $ascending, with up to $mostFailures failures of the API",
    async ({ ascending, mostFailures }) => {
      await fc.assert(
        fc.asyncProperty(
          anyRecords,
          fc.record({
            pageSize: fc.integer({ min: 1, max: 20 }),
            limit: fc.integer({ min: 5, max: 40 }),
            sliceMaxBytes: fc.integer({ min: 400, max: 5000 }),
            loadBytes: fc.constantFrom(1, 1000, 100_000),
            eventsPerBatch: fc.integer({ min: 1, max: 10 }),
            failures: fc.uniqueArray(fc.nat(60), { maxLength: mostFailures }),
          }),
          async (wanted, { pageSize, limit, sliceMaxBytes, loadBytes, eventsPerBatch, failures }) => {
            let pages = 0;
            const bridge = routeUnderTest({
              timing: { lookbackMs: 0, deepLookbackMs: 0 },
              feed: {
                ascending,
                pageSize,
                ...(ascending ? {} : { limit }),
                beforePage: () => {
                  pages += 1;
                  if (failures.includes(pages)) throw new BridgeError("API_UNAVAILABLE", "busy", { fix: "wait" });
                },
              },
              sink: { partitions: 2, eventsPerBatch },
              sliceMaxBytes,
              loadBytes,
            });
            const records = wanted.map(({ minute, ...one }, n): FakeRecord => {
              return { ...one, key: `k${n}`, time: START + minute * MINUTE + n };
            });
            bridge.feed.add(...records);
            const forgetful = { ...bridge.store, async *readLedger() {} };
            for (let hour = 1; hour <= 20; hour += 1) {
              bridge.clock.now = START + hour * HOUR;
              await bridge.run({ deps: { store: forgetful } });
            }
            for (const device of ["a", "b", "c"]) {
              const own = records.filter((record) => record.device === device);
              const inOrder = own.toSorted((one, other) => one.time - other.time).map(({ key }) => key);
              const arrived = bridge.sink.received.filter(({ orderKey }) => orderKey === device);
              expect(arrived.map(({ properties }) => properties.recordKey)).toEqual(inOrder);
            }
          },
        ),
        { numRuns: 60 },
      );
    },
    60_000,
  );
});

describe("the net, by itself", () => {
  it("lets nothing through twice although every run reads everything again", async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords, fc.integer({ min: 1, max: 20 }), async (wanted, pageSize) => {
        const bridge = routeUnderTest({
          timing: { lookbackMs: 30 * HOUR, deepLookbackMs: 30 * HOUR },
          feed: { pageSize },
          sink: { partitions: 2 },
        });
        const records = wanted.map(({ minute, ...one }, n) => ({
          ...one,
          key: `k${n}`,
          time: START + minute * MINUTE,
        }));
        bridge.feed.add(...records);
        let again = 0;
        for (let hour = 2; hour <= 11; hour += 1) {
          bridge.clock.now = START + hour * HOUR;
          again += (await bridge.run()).totals.alreadyDelivered;
        }
        expect(bridge.keys().toSorted()).toEqual(records.map(({ key }) => key).toSorted());
        if (records.length > 20) expect(again).toBeGreaterThan(records.length);
      }),
      { numRuns: 40 },
    );
  }, 30_000);
});
