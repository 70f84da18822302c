// A started simulator with a clock to turn and a plain `fetch` client, for the tests of the simulator.
import { onTestFinished } from "vitest";
import { startMicroshareSimulator } from "../../../dev/microshare-simulator/index.ts";
import type { MicroshareSimulator, SimulatorOptions } from "../../../dev/microshare-simulator/index.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const startedAt = Date.parse("2025-03-04T12:00:00.000Z");

export interface Obj {
  readonly id: string;
  readonly _id: unknown;
  readonly createDate: string;
  readonly updateDate: string;
  readonly checksum: string;
  readonly tstamp: number;
  readonly recType: string;
  readonly data: Record<string, unknown>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly meta: Record<string, unknown>;
  readonly objs: readonly Obj[];
}

export interface Bench {
  readonly simulator: MicroshareSimulator;
  readonly clock: { at: number; now(): number };
  /** GET on the API with a fresh token. */
  get: (pathAndQuery: string, init?: RequestInit) => Promise<Reply>;
  share: (recType: string, query?: Record<string, string | number>) => Promise<Reply>;
  /** With the trailing slash. */
  view: (id: string, query: Record<string, string>) => Promise<Reply>;
  token: (fields?: Record<string, string>) => Promise<string>;
}

/** Closed when the test ends. Without a fleet unless one is given. */
export async function bench(options: Partial<SimulatorOptions> = {}): Promise<Bench> {
  const clock = {
    at: startedAt,
    now() {
      return this.at;
    },
  };
  const simulator = await startMicroshareSimulator({ seed: 7, clock, fleet: { buildings: 0 }, ...options });
  onTestFinished(() => simulator.close());
  const token = async (fields: Record<string, string> = {}): Promise<string> => {
    const response = await fetch(`${simulator.authUrl}/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({ ...tokenFields(simulator), ...fields }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const bearer = await token();
  const get = async (pathAndQuery: string, init?: RequestInit): Promise<Reply> => {
    const headers = { authorization: `Bearer ${bearer}` };
    return replyOf(await fetch(simulator.apiUrl + pathAndQuery, { headers, ...init }));
  };
  return {
    simulator,
    clock,
    get,
    token,
    share: (recType, query = {}) => get(`/share/${recType}?${queryOf({ details: "true", sort: "tstamp", ...query })}`),
    view: (id, query) => get(`/share/${simulator.viewRecType}/?${queryOf({ id, ...query })}`),
  };
}

export function tokenFields(simulator: MicroshareSimulator): Record<string, string> {
  const { username, password, apiKey } = simulator.credentials;
  return { username, password, client_id: apiKey, grant_type: "password" };
}

export function queryOf(query: Record<string, string | number>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

export function ids(reply: Reply): string[] {
  return reply.objs.map((obj) => obj.id);
}

/** A small record every test can recognise. */
export function sensor(number: number): { recType: string; id: string; time: number } {
  return {
    recType: "io.microshare.example.sensor",
    id: number.toString(16).padStart(24, "0"),
    time: startedAt - (1000 - number) * minuteMs,
  };
}

export const sensorType = "io.microshare.example.sensor";

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const body = parsed(text);
  return { status: response.status, headers: response.headers, text, meta: body.meta ?? {}, objs: body.objs ?? [] };
}

function parsed(text: string): { meta?: Record<string, unknown>; objs?: Obj[] } {
  try {
    return JSON.parse(text) as { meta?: Record<string, unknown>; objs?: Obj[] };
  } catch {
    return {};
  }
}
