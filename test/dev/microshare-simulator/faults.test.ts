// Every fault that can be switched on, as a plain client sees it.
import { gunzipSync } from "node:zlib";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { bench, hourMs, ids, minuteMs, sensor, sensorType, startedAt, tokenFields } from "./client.ts";
import type { Bench } from "./client.ts";

async function withSensors(count = 6): Promise<Bench> {
  const tools = await bench();
  for (let number = 1; number <= count; number += 1) tools.simulator.add(sensor(number));
  return tools;
}

const numbered = (...numbers: number[]): string[] => numbers.map((number) => sensor(number).id);

describe("scope", () => {
  it("is every API request until cleared", async () => {
    const { simulator, share, token } = await withSensors();
    const fault = simulator.faults.fail({ status: 500 });
    expect((await share(sensorType)).status).toBe(500);
    expect((await share(sensorType)).status).toBe(500);
    expect(await token()).toMatch(/^[0-9a-f]{64}$/);
    expect(fault.hits).toBe(2);
    fault.clear();
    expect((await share(sensorType)).status).toBe(200);
  });

  it("can be a path, a number of requests, and a number let through first", async () => {
    const { simulator, share } = await withSensors();
    simulator.faults.fail({ status: 502 }, { path: "page=2", times: 1, after: 1 });
    const statuses = [];
    for (const page of [2, 1, 2, 2]) statuses.push((await share(sensorType, { page })).status);
    expect(statuses).toEqual([200, 200, 502, 200]);
    simulator.faults.fail({ status: 504 }, { path: /perPage=1\b/ });
    simulator.faults.fail({ status: 500 }, { path: (path) => path.endsWith("perPage=2") });
    expect((await share(sensorType, { perPage: 1 })).status).toBe(504);
    expect((await share(sensorType, { perPage: 2 })).status).toBe(500);
    simulator.faults.clear();
    expect((await share(sensorType, { perPage: 1 })).status).toBe(200);
  });

  it("can be a span of the clock", async () => {
    const { simulator, share, clock } = await withSensors();
    simulator.faults.outage(startedAt + hourMs, startedAt + 2 * hourMs);
    const statuses = [];
    for (const at of [0, hourMs, 2 * hourMs - 1, 2 * hourMs]) {
      clock.at = startedAt + at;
      statuses.push((await share(sensorType)).status);
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
  });
});

describe("answers", () => {
  it("fail with any status, body and headers", async () => {
    const { simulator, share } = await withSensors();
    simulator.faults.fail({ status: 429, body: "slow down", headers: { "retry-after": "7" } });
    const reply = await share(sensorType);
    expect([reply.status, reply.text, reply.headers.get("retry-after")]).toEqual([429, "slow down", "7"]);
    expect(reply.headers.get("date")).toBe(new Date(startedAt).toUTCString());
  });

  it("overload in the server's own words", async () => {
    const { simulator, share } = await withSensors();
    simulator.faults.overload();
    const reply = await share(sensorType);
    expect(reply.status).toBe(503);
    expect(reply.text).toContain("not able to produce a timely response");
    expect(reply.text).not.toContain("unresolvable");
  });

  it("are HTML or broken JSON", async () => {
    const { simulator, share } = await withSensors();
    simulator.faults.html({ times: 1 });
    const page = await share(sensorType);
    expect([page.status, page.headers.get("content-type"), page.text.startsWith("<!DOCTYPE")]).toEqual([
      200,
      "text/html; charset=UTF-8",
      true,
    ]);
    simulator.faults.malformJson();
    const broken = await share(sensorType);
    expect(broken.status).toBe(200);
    expect(() => void JSON.parse(broken.text)).toThrow(SyntaxError);
  });

  it("carry wrong totals, or nothing where something is counted", async () => {
    const { simulator, share } = await withSensors();
    const wrong = simulator.faults.wrongTotals({ totalCount: 2, totalPages: 9 });
    expect((await share(sensorType)).meta).toMatchObject({ totalCount: 2, totalPages: 9, currentCount: 6 });
    wrong.clear();
    simulator.faults.emptyObjs();
    const empty = await share(sensorType);
    expect(empty.objs).toEqual([]);
    expect(empty.meta).toMatchObject({ totalCount: 6, currentCount: 0, totalPages: 1 });
    expect((await share("io.microshare.nothing")).meta).toMatchObject({ totalCount: 1, totalPages: 1 });
  });

  it("name another identity", async () => {
    const { simulator } = await bench();
    simulator.faults.wrongIdentity("someone-else");
    const body = new URLSearchParams(tokenFields(simulator));
    const response = await fetch(`${simulator.authUrl}/oauth2/token`, { method: "POST", body });
    expect(await response.json()).toMatchObject({ extended: { identity: "someone-else" } });
  });

  it("refuse every token issued before", async () => {
    const { simulator, share, get, token } = await withSensors();
    simulator.faults.expireTokens();
    expect((await share(sensorType)).status).toBe(401);
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await get(`/share/${sensorType}`, { headers })).status).toBe(200);
  });
});

describe("transport", () => {
  it("hangs until the client gives up", async () => {
    const { simulator } = await withSensors();
    simulator.faults.hang();
    const giveUp = new AbortController();
    const hanging = fetch(`${simulator.apiUrl}/share/x`, { signal: giveUp.signal });
    await expect.poll(() => simulator.load().inFlight).toBe(1);
    giveUp.abort();
    await expect(hanging).rejects.toThrow("abort");
    await expect.poll(() => simulator.load().inFlight).toBe(0);
    expect(simulator.requests.at(-1)).toMatchObject({ path: "/share/x", status: 0 });
  });

  it("waits for as long as the test says, and then answers by the clock of that moment", async () => {
    const { simulator, share, clock } = await withSensors();
    simulator.faults.delay(async (path) => {
      expect(path).toContain(sensorType);
      clock.at += minuteMs;
    });
    expect((await share(sensorType)).headers.get("date")).toBe(new Date(startedAt + minuteMs).toUTCString());
  });

  it("counts requests in flight", async () => {
    const { simulator, share } = await withSensors();
    const gate = Promise.withResolvers<void>();
    simulator.faults.delay(() => gate.promise);
    const both = Promise.all([share(sensorType), share(sensorType)]);
    await expect.poll(() => simulator.load().inFlight).toBe(2);
    gate.resolve();
    await both;
    expect(simulator.load()).toMatchObject({ inFlight: 0, mostInFlight: 2 });
  });

  it("breaks off before the answer or in the middle of it", async () => {
    const { simulator, share } = await withSensors();
    const gone = simulator.faults.disconnect();
    await expect(share(sensorType)).rejects.toThrow("fetch failed");
    gone.clear();
    simulator.faults.resetMidBody();
    await expect(share(sensorType)).rejects.toThrow("terminated");
  });

  it("sends a gzip stream without its end in a complete answer", async () => {
    const { simulator, token } = await withSensors();
    simulator.faults.truncateGzip();
    // Not `fetch`: it takes such a stream for complete.
    const headers = { authorization: `Bearer ${await token()}`, "accept-encoding": "identity" };
    const response = await request(`${simulator.apiUrl}/share/${sensorType}?details=true`, { headers });
    expect(response.headers["content-encoding"]).toBe("gzip");
    const body = await response.body.bytes();
    expect(body).toHaveLength(Number(response.headers["content-length"]));
    expect(() => gunzipSync(body)).toThrow("unexpected end of file");
  });
});

describe("pages", () => {
  it("repeat page 1, honestly or not", async () => {
    const { simulator, share } = await withSensors();
    const honest = simulator.faults.ignorePage();
    const reply = await share(sensorType, { perPage: 2, page: 2 });
    expect([ids(reply), reply.meta["currentPage"]]).toEqual([numbered(1, 2), 1]);
    honest.clear();
    simulator.faults.ignorePage({ echoPage: true });
    const lie = await share(sensorType, { perPage: 2, page: 2 });
    expect([ids(lie), lie.meta["currentPage"]]).toEqual([numbered(1, 2), 2]);
  });

  it("lose a record at the seam when one vanishes behind it", async () => {
    const { simulator, share } = await withSensors();
    const fault = simulator.faults.pageDrift("delete", { times: 1 });
    const pages = [];
    for (const page of [1, 2, 3]) pages.push(...ids(await share(sensorType, { perPage: 2, page })));
    expect(pages).toEqual(numbered(1, 2, 4, 5, 6));
    expect(fault.hits).toBe(1);
    expect(simulator.visible({ currentOnly: true }).map((record) => record.id)).toEqual(numbered(2, 3, 4, 5, 6));
  });

  it("repeat a record at the seam when one appears behind it", async () => {
    const { simulator, share } = await withSensors();
    simulator.faults.pageDrift("insert", { times: 1 });
    const pages = [];
    for (const page of [1, 2, 3, 4]) pages.push(...ids(await share(sensorType, { perPage: 2, page })));
    expect(pages).toEqual(numbered(1, 2, 2, 3, 4, 5, 6));
    expect(simulator.visible()).toHaveLength(7);
  });

  it("do not drift past the end", async () => {
    const { simulator, share } = await bench();
    simulator.faults.pageDrift("delete");
    simulator.faults.pageDrift("insert");
    expect((await share(sensorType, { page: 2 })).objs).toEqual([]);
  });
});

describe("Date header", () => {
  it("comes from the clock, on all servers, and can be wrong or absent", async () => {
    const { simulator, share, clock } = await bench();
    clock.at += 1_500;
    const dates = async (): Promise<(string | null)[]> => [
      (await share(sensorType)).headers.get("date"),
      (await fetch(simulator.authUrl)).headers.get("date"),
      (await fetch(simulator.appUrl)).headers.get("date"),
    ];
    expect(new Set(await dates())).toEqual(new Set([new Date(startedAt + 1_000).toUTCString()]));
    const skew = simulator.faults.dateSkew(-10 * minuteMs);
    expect(new Set(await dates())).toEqual(new Set([new Date(startedAt + 1_000 - 10 * minuteMs).toUTCString()]));
    skew.clear();
    simulator.faults.noDate();
    expect(new Set(await dates())).toEqual(new Set([null]));
  });
});
