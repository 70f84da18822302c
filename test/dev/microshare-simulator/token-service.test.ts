// The token service and what a token may do.
import { describe, expect, it } from "vitest";
import { bench, hourMs, queryOf, sensor, sensorType, tokenFields } from "./client.ts";

const isoIdentity = { identity: "otherfac" };

describe("token service", () => {
  it("answers the same fields as the documented sample", async () => {
    const { simulator } = await bench();
    const sample = (await import("../../samples/token-response.json", { with: { type: "json" } })).default;
    const response = await fetch(`${simulator.authUrl}/oauth2/token?${queryOf(tokenFields(simulator))}`, {
      method: "POST",
    });
    const body = (await response.json()) as typeof sample;
    expect(Object.keys(body)).toEqual(Object.keys(sample));
    expect(Object.keys(body.extended).toSorted()).toEqual(Object.keys(sample.extended).toSorted());
    expect(body.access_token).toMatch(/^[0-9a-f]{64}$/);
    expect(body.extended.identity).toBe(simulator.credentials.identity);
  });

  it.each(["query", "form", "json"])("takes the credentials from the %s", async (transport) => {
    const { simulator } = await bench();
    const fields = tokenFields(simulator);
    const url = `${simulator.authUrl}/oauth2/token`;
    const requests: Record<string, () => Promise<Response>> = {
      query: () => fetch(`${url}?${queryOf(fields)}`, { method: "POST" }),
      form: () => fetch(url, { method: "POST", body: new URLSearchParams(fields) }),
      json: () =>
        fetch(url, { method: "POST", body: JSON.stringify(fields), headers: { "content-type": "application/json" } }),
    };
    expect((await requests[transport]?.())?.status).toBe(200);
  });

  it.each(["username", "password", "client_id"])("refuses a wrong %s with 401", async (name) => {
    const { simulator } = await bench();
    const body = new URLSearchParams({ ...tokenFields(simulator), [name]: "wrong" });
    expect((await fetch(`${simulator.authUrl}/oauth2/token`, { method: "POST", body })).status).toBe(401);
  });

  it("refuses a password cut off at an unencoded # or &", async () => {
    const { simulator } = await bench();
    const { password, ...rest } = tokenFields(simulator);
    const url = `${simulator.authUrl}/oauth2/token?${queryOf(rest)}&password=${password}`;
    expect((await fetch(url, { method: "POST" })).status).toBe(401);
  });

  it("refuses a body it cannot read and an unknown grant type with 400", async () => {
    const { simulator } = await bench();
    const url = `${simulator.authUrl}/oauth2/token`;
    const headers = { "content-type": "application/json" };
    expect((await fetch(url, { method: "POST", body: "{", headers })).status).toBe(400);
    const body = new URLSearchParams({ ...tokenFields(simulator), grant_type: "magic" });
    expect((await fetch(url, { method: "POST", body })).status).toBe(400);
  });

  it("issues tokens that live for 48 hours of the clock", async () => {
    const { clock, share } = await bench();
    clock.at += 48 * hourMs - 1;
    expect((await share(sensorType)).status).toBe(200);
    clock.at += 1;
    const refused = await share(sensorType);
    expect(refused.status).toBe(401);
    expect(refused.text).toBe("The supplied authentication is invalid");
    expect(refused.headers.get("www-authenticate")).toContain("Bearer");
  });

  it("refuses no token, a made-up one and a pipe token alike", async () => {
    const { get, token } = await bench();
    const pipe = await token({ grant_type: "pipe" });
    for (const headers of [{}, { authorization: "Bearer 00" }, { authorization: `Bearer ${pipe}` }]) {
      expect((await get(`/share/${sensorType}`, { headers })).status).toBe(401);
    }
  });

  it("shows no records in lists to another identity, and single ones all the same", async () => {
    const { simulator, get, token } = await bench();
    const { id } = simulator.add(sensor(1));
    const headers = { authorization: `Bearer ${await token(isoIdentity)}` };
    const list = await get(`/share/${sensorType}?details=true`, { headers });
    expect(list.meta).toMatchObject({ totalCount: 1, currentCount: 0 });
    expect(list.objs).toEqual([]);
    expect((await get(`/share/${sensorType}/${id}?details=true`, { headers })).objs).toHaveLength(1);
    const query = queryOf({
      id: simulator.views.eventPassThrough,
      recType: sensorType,
      from: "2020-01-01",
      to: "2030-01-01",
    });
    expect((await get(`/share/${simulator.viewRecType}/?${query}`, { headers })).meta["totalPages"]).toBe(0);
  });

  it("falls back to the default identity when an unknown one is asked for", async () => {
    const { simulator } = await bench({ quirks: { expiresInSeconds: 3600 } });
    const body = new URLSearchParams({ ...tokenFields(simulator), identity: "nobody" });
    const answer = await (await fetch(`${simulator.authUrl}/oauth2/token`, { method: "POST", body })).json();
    expect(answer).toMatchObject({ expires_in: 3600, extended: { identity: simulator.credentials.identity } });
  });

  it("asks for scopes when told to", async () => {
    const { simulator, get, token } = await bench({ quirks: { enforceScopes: true } });
    const headers = { authorization: `Bearer ${await token({ scope: "SHARE:READ" })}` };
    expect((await get(`/share/${sensorType}`, { headers })).status).toBe(200);
    expect((await get(`/share/${simulator.viewRecType}/?id=1`, { headers })).status).toBe(403);
  });

  it("keeps credentials out of the request log", async () => {
    const { simulator } = await bench();
    await fetch(`${simulator.authUrl}/oauth2/token?${queryOf(tokenFields(simulator))}`, { method: "POST" });
    const log = JSON.stringify(simulator.requests.map((request) => [request, [...request.query]]));
    expect(log).toContain("/oauth2/token");
    expect(log).not.toContain(encodeURIComponent(simulator.credentials.password));
    expect(log).not.toContain(simulator.credentials.apiKey);
  });
});
