// The servers themselves: compression, TLS, connections, the request log, bugs.
import { describe, expect, it } from "vitest";
import { Agent, request } from "undici";
import { makeCertificate } from "../../../dev/certificates.ts";
import { bench, sensor, sensorType } from "./client.ts";

describe("servers", () => {
  it("compress for clients that accept it, unless told not to", async () => {
    const { simulator, share, get, token } = await bench();
    for (const number of [1, 2, 3]) simulator.add(sensor(number));
    expect((await share(sensorType)).headers.get("content-encoding")).toBe("gzip");
    const headers = { authorization: `Bearer ${await token()}`, "accept-encoding": "identity" };
    expect((await get(`/share/${sensorType}`, { headers })).headers.get("content-encoding")).toBeNull();
    const plain = await bench({ gzip: false });
    for (const number of [1, 2, 3]) plain.simulator.add(sensor(number));
    expect((await plain.share(sensorType)).headers.get("content-encoding")).toBeNull();
  });

  it("speak TLS in the versions allowed", async () => {
    const { keyPem: key, certPem: cert } = makeCertificate();
    const { startMicroshareSimulator } = await import("../../../dev/microshare-simulator/index.ts");
    const clock = { now: () => 0 };
    const simulator = await startMicroshareSimulator({ seed: 1, clock, tls: { key, cert, maxVersion: "TLSv1.2" } });
    const status = async (minVersion: "TLSv1.2" | "TLSv1.3"): Promise<number> => {
      const dispatcher = new Agent({ connect: { ca: cert, minVersion } });
      const response = await request(`${simulator.apiUrl}/share/x`, { dispatcher });
      await response.body.dump();
      await dispatcher.close();
      return response.statusCode;
    };
    expect(simulator.apiUrl).toMatch(/^https:/);
    expect(await status("TLSv1.2")).toBe(401);
    await expect(status("TLSv1.3")).rejects.toThrow("alert protocol version");
    await simulator.close();
  });

  it("count connections and log requests as they came", async () => {
    const { simulator, get } = await bench();
    const before = simulator.load().connections;
    const dispatcher = new Agent({ connections: 1 });
    for (const page of [1, 2, 3]) {
      const response = await request(`${simulator.apiUrl}/share/x?page=${page}&dataContext=%5B%22a%22%5D`, {
        dispatcher,
      });
      await response.body.dump();
    }
    await dispatcher.close();
    expect(simulator.load().connections - before).toBe(1);
    const last = simulator.requests.at(-1);
    expect(last).toMatchObject({ server: "api", method: "GET", path: "/share/x", status: 401 });
    expect(last?.queryText).toBe("page=3&dataContext=%5B%22a%22%5D");
    expect(last?.query.get("dataContext")).toBe('["a"]');
    simulator.resetRequests();
    expect(simulator.requests).toEqual([]);
    expect((await get("/share/x")).status).toBe(200);
  });

  it("fail loudly at the end when the simulator itself failed", async () => {
    const { startMicroshareSimulator } = await import("../../../dev/microshare-simulator/index.ts");
    const simulator = await startMicroshareSimulator({ seed: 1, clock: { now: () => 0 }, fleet: { buildings: 0 } });
    simulator.faults.delay(() => Promise.reject(new Error("a bug")));
    await expect(fetch(`${simulator.apiUrl}/share/x`)).rejects.toThrow("fetch failed");
    await expect(simulator.close()).rejects.toThrow("failed while answering");
  });
});
