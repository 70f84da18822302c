import { Agent } from "undici";
import { describe, expect, it } from "vitest";
import { callOnce } from "../../src/microshare/http-call.ts";
import { page } from "./fake-platform.ts";
import { startServer } from "./http-server.ts";

describe("one try of one request", () => {
  it("lets a bug through: a header that cannot be sent is not a fault of the network", async () => {
    await using server = await startServer(page);
    const agent = new Agent();
    const limits = { signal: new AbortController().signal, timeoutMs: 1000, maxBytes: 1000, now: () => 0 };
    const request = { method: "GET", url: new URL(server.url), headers: { "x-broken": "a\nb" } } as const;
    await expect(callOnce(agent, request, limits)).rejects.toMatchObject({ code: "UND_ERR_INVALID_ARG" });
    await agent.destroy();
  });
});
