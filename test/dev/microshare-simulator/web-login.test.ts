// The web login and the ways in which it fails.
import { describe, expect, it } from "vitest";
import { bench, hourMs, sensorType, startedAt } from "./client.ts";
import type { Bench } from "./client.ts";

async function login({ simulator }: Bench, fields: Record<string, string> = {}): Promise<Response> {
  const { username, password } = simulator.credentials;
  return fetch(`${simulator.appUrl}/login`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ username, password, csrfToken: "any", ...fields }),
  });
}

function cookieOf(response: Response): string {
  return /PLAY_SESSION=([^;]*)/.exec(response.headers.get("set-cookie") ?? "")?.[1] ?? "";
}

function payloadOf(response: Response): { exp?: number; data?: { access_token?: string } } {
  const middle = cookieOf(response).split(".")[1] ?? "";
  return JSON.parse(Buffer.from(middle, "base64url").toString()) as { exp?: number; data?: { access_token?: string } };
}

describe("web login", () => {
  it("answers 303 with a cookie whose token reads for 48 hours", async () => {
    const tools = await bench();
    const response = await login(tools);
    expect(response.status).toBe(303);
    expect(cookieOf(response).split(".")).toHaveLength(3);
    const { exp, data } = payloadOf(response);
    expect(exp).toBe((startedAt + 48 * hourMs) / 1000);
    const headers = { authorization: `Bearer ${data?.access_token}` };
    expect((await tools.get(`/share/${sensorType}`, { headers })).status).toBe(200);
  });

  it("answers wrong credentials with a 303 whose cookie holds no token", async () => {
    const response = await login(await bench(), { password: "wrong" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/login");
    expect(payloadOf(response).data).not.toHaveProperty("access_token");
  });

  it("shows the login page without a csrf token, for other bodies and for GET", async () => {
    const tools = await bench();
    expect((await login(tools, { csrfToken: "" })).status).toBe(400);
    const url = `${tools.simulator.appUrl}/login`;
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(400);
    expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
    expect((await fetch(`${tools.simulator.appUrl}/elsewhere`)).status).toBe(404);
  });

  it("fails in each of the documented ways", async () => {
    const tools = await bench();
    const { quirks } = tools.simulator;
    quirks.webLogin = "login-page";
    expect((await login(tools)).status).toBe(200);
    quirks.webLogin = "no-cookie";
    expect(cookieOf(await login(tools))).toBe("");
    quirks.webLogin = "flash-error";
    expect(payloadOf(await login(tools)).data).not.toHaveProperty("access_token");
    quirks.webLogin = "two-parts";
    expect(cookieOf(await login(tools)).split(".")).toHaveLength(2);
    quirks.webLogin = "bad-base64";
    expect(cookieOf(await login(tools))).toContain("%");
    quirks.webLogin = "not-json";
    const notJson = await login(tools);
    expect(() => payloadOf(notJson)).toThrow(SyntaxError);
    quirks.webLogin = "no-expiry";
    expect(payloadOf(await login(tools))).not.toHaveProperty("exp");
  });
});
