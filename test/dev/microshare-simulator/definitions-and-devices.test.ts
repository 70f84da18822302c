// View definitions and device clusters.
import { describe, expect, it } from "vitest";
import clusterSample from "../../samples/device-cluster.json" with { type: "json" };
import { bench } from "./client.ts";

describe("view definitions", () => {
  it("can be listed by recType and altogether, and read one by one", async () => {
    const { simulator, get } = await bench();
    const other = simulator.addView({ query: "[]", recType: "io.microshare.other.view" });
    expect((await get(`/view/${simulator.viewRecType}?details=true`)).meta["totalCount"]).toBe(7);
    expect((await get("/view/*")).meta["totalCount"]).toBe(8);
    expect((await get("/view/*?perPage=3&page=3")).objs).toHaveLength(2);
    expect((await get(`/view/io.microshare.other.view/${other}`)).objs).toHaveLength(1);
    expect((await get(`/view/${simulator.viewRecType}/${other}`)).status).toBe(404);
  });

  it("show the very text that runs, placeholders and limit included", async () => {
    const { simulator, get } = await bench();
    const { smallLimit, snapshotDashboard } = simulator.views;
    const queryOf = async (id: string): Promise<string> =>
      String((await get(`/view/${simulator.viewRecType}/${id}`)).objs[0]?.data["query"]);
    expect(await queryOf(smallLimit)).toContain('{"$limit": 25}');
    const names = [...(await queryOf(snapshotDashboard)).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? "");
    const expected = ["recType", "dataContext", "loc1", "ownerOrg", "category", "metric", "from", "to"];
    expect([...new Set(names)].toSorted()).toEqual(
      [...expected, ...[1, 2, 3, 4, 5, 6].map((n) => `field${n}`)].toSorted(),
    );
  });

  it("can hide their query", async () => {
    const { simulator, get } = await bench();
    const id = simulator.addView({ query: "[]", queryHidden: true });
    expect((await get(`/view/${simulator.viewRecType}/${id}`)).objs[0]?.data).not.toHaveProperty("query");
  });
});

describe("device clusters", () => {
  it("have the fields of the documented sample and the buildings as first locations", async () => {
    const { simulator, get } = await bench({ fleet: { buildings: 3 } });
    const { objs } = await get(`/device/${simulator.deviceCluster}?details=true`);
    const sample = clusterSample.objs[0];
    expect(Object.keys(objs[0] ?? {}).toSorted()).toEqual(Object.keys(sample ?? {}).toSorted());
    expect(Object.keys(objs[0]?.data ?? {}).toSorted()).toEqual(Object.keys(sample?.data ?? {}).toSorted());
    const devices = objs[0]?.data["devices"] as { meta: { location: string[] } }[];
    const buildings = devices.flatMap((device) => device.meta.location[0] ?? []);
    expect([...new Set(buildings)]).toEqual(simulator.locations);
    // One device is not installed yet.
    expect(devices).toHaveLength(3 * 2 + 1);
  });

  it("carry things that must never be logged", async () => {
    const { simulator, get } = await bench({ fleet: {} });
    const { text } = await get(`/device/${simulator.deviceCluster}`);
    for (const name of ["readAuth", "writeAuth", "AppKey", "NwkKey"])
      expect(text).toMatch(new RegExp(`"${name}":"[0-9a-fA-F]{32}`));
  });

  it("are listed by recType, altogether and by tags", async () => {
    const { simulator, get } = await bench({ fleet: {} });
    const [recType] = simulator.deviceCluster.split("/");
    expect((await get(`/device/${recType}?discover=true`)).objs).toHaveLength(1);
    expect((await get("/device/*?details=true&page=1&perPage=200")).objs).toHaveLength(2);
    expect((await get("/device/*/tags/room")).objs).toHaveLength(1);
    expect((await get("/device/*/tags/latest")).objs).toHaveLength(2);
    expect((await get(`/device/${recType}/${"0".repeat(24)}`)).status).toBe(404);
  });
});
