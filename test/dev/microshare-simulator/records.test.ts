// Records themselves: forms, checksums, versions, and what the simulator says is true.
import { describe, expect, it } from "vitest";
import { checksumOf } from "../../../dev/microshare-simulator/record.ts";
import page from "../../samples/share-page-details.json" with { type: "json" };
import legacyPage from "../../samples/legacy-encodings-page.json" with { type: "json" };
import { bench, minuteMs, sensor, sensorType, startedAt } from "./client.ts";

describe("records", () => {
  it("carry the documented checksum", () => {
    expect(checksumOf('{"hello":"world"}')).toBe(legacyPage.objs[0]?.checksum);
    expect(checksumOf('{"Test":"Data"}')).toBe(legacyPage.objs[2]?.checksum);
  });

  it("have the fields of the documented full record", async () => {
    const { simulator, share } = await bench();
    simulator.add(sensor(1));
    const [obj] = (await share(sensorType)).objs;
    const sample = page.objs[0];
    expect(Object.keys(obj ?? {}).toSorted()).toEqual(Object.keys(sample ?? {}).toSorted());
    expect(obj).toMatchObject({ tstamp: sensor(1).time, createDate: new Date(sensor(1).time).toISOString() });
    expect(obj?.checksum).toBe(checksumOf(JSON.stringify(obj?.data)));
  });

  it("come in the legacy encodings on request", async () => {
    const { simulator, share } = await bench();
    simulator.add({ ...sensor(1), legacy: true });
    const [obj] = (await share(sensorType)).objs;
    expect(Object.keys(obj ?? {}).toSorted()).toEqual(Object.keys(legacyPage.objs[1] ?? {}).toSorted());
    expect(obj).toMatchObject({
      _id: { $oid: sensor(1).id },
      createDate: { $date: sensor(1).time },
      tstamp: { $numberLong: String(sensor(1).time) },
      origin: { createDate: { $numberLong: String(sensor(1).time) } },
    });
    const { simulator: old, share: shareOld } = await bench({ legacyEncodings: true });
    old.add(sensor(1));
    expect((await shareOld(sensorType)).objs[0]).toMatchObject({ _id: { $oid: sensor(1).id } });
  });

  it("have ids that begin with the second of storage", async () => {
    const { simulator } = await bench();
    const { id, storedAt } = simulator.add({ recType: sensorType });
    expect(Number.parseInt(id.slice(0, 8), 16)).toBe(Math.floor(storedAt / 1000));
  });

  it("keep id, place and origin when they are rewritten", async () => {
    const { simulator, clock, share } = await bench();
    const before = simulator.add(sensor(1));
    simulator.add(sensor(2));
    clock.at += minuteMs;
    simulator.rewrite(before.id, { change: (data) => ({ ...(data as object), corrected: true }) });
    const [obj] = (await share(sensorType)).objs;
    expect(obj).toMatchObject({
      id: before.id,
      data: { corrected: true },
      tstamp: before.storedAt,
      updateDate: new Date(startedAt + minuteMs).toISOString(),
      origin: { checksum: before.checksum },
    });
    expect(obj?.checksum).not.toBe(before.checksum);
  });

  it("can be anything at all", async () => {
    const { simulator, get } = await bench();
    simulator.add({ ...sensor(1), raw: '{"data":{"no":"id"}}' });
    simulator.add({ ...sensor(2), data: { blob: "x".repeat(2_000_000) } });
    const big = await get(`/share/${sensorType}?details=true`);
    expect(big.text).toContain('{"data":{"no":"id"}}');
    expect(big.text.length).toBeGreaterThan(2_000_000);
  });

  it("tell the truth about every version", async () => {
    const { simulator, clock } = await bench();
    simulator.add(sensor(1));
    simulator.add({ ...sensor(2), hidden: true });
    simulator.rewrite(sensor(1).id, { at: startedAt + minuteMs });
    simulator.remove(sensor(1).id, startedAt + 2 * minuteMs);
    expect(simulator.visible().map((record) => record.version)).toEqual([1]);
    clock.at += 5 * minuteMs;
    const versions = simulator.visible({ recType: sensorType });
    expect(versions.map(({ version, visibleFrom, visibleUntil }) => [version, visibleFrom, visibleUntil])).toEqual([
      [1, sensor(1).time, startedAt + minuteMs],
      [2, startedAt + minuteMs, startedAt + 2 * minuteMs],
    ]);
    expect(new Set(versions.map((record) => record.checksum)).size).toBe(2);
    expect(simulator.visible({ at: startedAt + minuteMs, currentOnly: true }).map(({ version }) => version)).toEqual([
      2,
    ]);
    expect(simulator.visible({ currentOnly: true })).toEqual([]);
    expect(simulator.visible({ includeHidden: true })).toHaveLength(3);
    expect(simulator.visible({ from: sensor(1).time + 1 })).toEqual([]);
    expect(simulator.visible({ by: "visibleFrom", from: startedAt, to: startedAt + 2 * minuteMs })).toHaveLength(1);
  });

  it("must exist to be changed, and have an id of their own", async () => {
    const { simulator } = await bench();
    simulator.add(sensor(1));
    expect(() => simulator.rewrite("nobody")).toThrow("no record with id nobody");
    expect(() => simulator.remove("nobody")).toThrow("no record with id nobody");
    expect(() => simulator.add(sensor(1))).toThrow("already has a record");
  });

  it("are revised when a rewrite says nothing", async () => {
    const { simulator, share } = await bench();
    simulator.add({ ...sensor(1), data: "only a text" });
    simulator.rewrite(sensor(1).id);
    simulator.rewrite(sensor(1).id);
    expect((await share(sensorType)).objs[0]?.data).toEqual({ previous: "only a text", revision: 3 });
    simulator.rewrite(sensor(1).id, { data: { final: 1 } });
    expect((await share(sensorType)).objs[0]?.data).toEqual({ final: 1 });
  });
});
