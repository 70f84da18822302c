import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLeanApi, type LeanApi } from "../../bench/lean-api.ts";
import { startMicroshareSimulator, type MicroshareSimulator } from "../../dev/microshare-simulator/index.ts";

const RECORDS = 25;
const from = Date.UTC(2025, 2, 4, 6);
const set = { recType: "com.example.bench.feed0", count: RECORDS, bytes: 1240, from, spanMs: RECORDS * 1000 };

let lean: LeanApi;
let simulator: MicroshareSimulator;
beforeAll(async () => {
  lean = await startLeanApi();
  lean.serve([set], 0);
  simulator = await startMicroshareSimulator({
    seed: 1,
    clock: { now: () => from + 3_600_000 },
    fleet: { buildings: 0 },
  });
  for (let index = 0; index < RECORDS; index += 1) simulator.add({ recType: set.recType, time: from + index * 1000 });
});
afterAll(async () => {
  await lean.close();
  await simulator.close();
});

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

async function answerOf(base: string, path: string, token?: string): Promise<Answer> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${base}${path}`, { headers });
  const text = await response.text();
  const body: unknown = response.status === 200 ? JSON.parse(text) : text;
  return { status: response.status, type: response.headers.get("content-type"), body };
}

async function tokens(): Promise<{ readonly lean: string; readonly simulator: string }> {
  const { username, password, apiKey } = simulator.credentials;
  const form = new URLSearchParams({ grant_type: "password", client_id: apiKey, username, password, scope: "ALL:ALL" });
  const [one, other] = await Promise.all(
    [lean.url, simulator.authUrl].map(async (base) => {
      const answer = await fetch(`${base}/oauth2/token`, { method: "POST", body: form });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      return token;
    }),
  );
  return { lean: one ?? "", simulator: other ?? "" };
}

/** Names and kinds at every level, without the values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

describe("the lean API of the benchmark", () => {
  it.each([1, 2, 3, 4])("answers page %i as the simulator does", async (page) => {
    const token = await tokens();
    const query = `?details=true&page=${page}&perPage=10&sort=tstamp`;
    const own = await answerOf(lean.url, `/share/${set.recType}${query}`, token.lean);
    const real = await answerOf(simulator.apiUrl, `/share/${set.recType}${query}`, token.simulator);
    expect({ status: own.status, type: own.type }).toEqual({ status: real.status, type: real.type });
    const [mine, theirs] = [own.body, real.body] as { meta: unknown; objs: Record<string, unknown>[] }[];
    expect(mine?.meta).toEqual(theirs?.meta);
    expect(mine?.objs.map(({ tstamp }) => tstamp)).toEqual(theirs?.objs.map(({ tstamp }) => tstamp));
    const [ownRecord, realRecord] = [mine?.objs[0], theirs?.objs[0]];
    if (realRecord === undefined) return expect(ownRecord).toBeUndefined();
    // The note fills a record up to its size, and one piece of the origin is left out.
    expect(shapeOf(realRecord)).toMatchObject({ ...Object(shapeOf(ownRecord)), data: expect.any(Object) });
    return expect(Object.keys(ownRecord ?? {}).toSorted()).toEqual(Object.keys(realRecord).toSorted());
  });

  it("wants a token", async () => {
    const path = `/share/${set.recType}?page=1&perPage=10`;
    const own = await answerOf(lean.url, path);
    expect(own).toEqual(await answerOf(simulator.apiUrl, path));
    expect(own.status).toBe(401);
  });

  it("counts its calls, and begins anew with what it serves", async () => {
    const token = await tokens();
    lean.serve([set], 0);
    await answerOf(lean.url, `/share/${set.recType}?page=1&perPage=10`, token.lean);
    await answerOf(lean.url, `/share/unknown?page=1&perPage=10`, token.lean);
    expect(lean.calls).toMatchObject({ list: 2, token: 0 });
    lean.serve([set], 0);
    expect(lean.calls).toMatchObject({ list: 0 });
  });
});
