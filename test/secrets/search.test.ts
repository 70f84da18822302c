import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { startServer } from "../microshare/http-server.ts";
import { requestsIn } from "./http.ts";
import { startRecorder } from "./recorder.ts";
import { leaksIn, noLeaksIn, type Secret } from "./search.ts";
import { startTap } from "./tap.ts";

const secret: Secret = { name: "password", value: `p#a?s&w"o<r d+1%` };
describe("the search for secrets", () => {
  it("lets a secret stand in its own place, and nowhere else", () => {
    const own = { ...secret, allowed: [{ channel: "login", place: "body" }] };
    const body = new URLSearchParams([["password", secret.value]]).toString();
    expect(leaksIn([{ channel: "login", place: "body", content: body }], [own])).toEqual([]);
    for (const wrong of [
      { channel: "login", place: "target", content: body },
      { channel: "api", place: "body", content: body },
    ]) {
      expect(leaksIn([wrong], [own])).toMatchObject([
        { secret: "password", form: "as it is, as form text", place: wrong.place },
      ]);
      expect(() => noLeaksIn([wrong], [own])).toThrow(
        "secrets have left the bridge:\npassword (as it is, as form text) in",
      );
    }
  });

  it("does not put together what two parts hold", () => {
    const parts = [secret.value.slice(0, 8), secret.value.slice(8)];
    expect(
      leaksIn(
        parts.map((content) => ({ channel: "log", place: "line", content })),
        [secret],
      ),
    ).toEqual([]);
  });
});

describe("the recorder", () => {
  it("hears log lines, and errors with all that hangs on them", () => {
    const hidden = Object.defineProperty(new Error("x"), "request", { value: { headers: { x: secret.value } } });
    const errors = [
      new Error("failed", { cause: new Error(`with ${secret.value}`) }),
      new AggregateError([new Error(secret.value)], "1 of 2 failed"),
      new BridgeError("NOT_FOUND", "x", { fix: `set ${secret.value}` }),
      new Error("x", { cause: hidden }),
      Object.assign(new Error("x"), { raw: Buffer.from(secret.value) }),
    ];
    const runs = [
      { lines: [`login with ${secret.value}`], summaries: [] },
      ...errors.map((error) => ({ lines: [], summaries: [], error })),
    ];
    for (const run of runs) {
      const recorder = startRecorder();
      recorder.heardRun(run);
      expect(leaksIn(recorder.outgoing(), [secret])).not.toEqual([]);
    }
  });

  it("hears what is printed in whatever way", async () => {
    const { warn } = console;
    for (const print of [
      () => process.stderr.write(`  ${secret.value}\n`),
      () => process.stdout.write(Buffer.from(`  ${secret.value}\n`)),
      () => warn("%s", secret.value),
      () => process.emitWarning(secret.value),
    ]) {
      const recorder = startRecorder();
      print();
      // Warnings of the process come after the tick.
      await new Promise(setImmediate);
      expect(leaksIn(recorder.outgoing(), [secret])).toMatchObject([{ channel: "printed" }]);
    }
  });

  it("hears requests to any server, also compressed ones", async () => {
    await using server = await startServer((_request, response) => response.end());
    const text = JSON.stringify({ message: secret.value });
    const query = `?key=${encodeURIComponent(secret.value)}`;
    const requests = [
      { place: "body", path: "/", body: Buffer.from(text) },
      { place: "body", path: "/", body: gzipSync(text), headers: { "content-encoding": "gzip" } },
      { place: "header x-note", path: "/", headers: { "x-note": encodeURIComponent(secret.value) } },
      { place: "target", path: `/v2/track${query}` },
    ];
    for (const { place, path, ...options } of requests) {
      const recorder = startRecorder();
      const url = await recorder.tap("telemetry", server.url);
      const { body } = await request(url + path, { method: "POST", ...options });
      await body.text();
      expect(leaksIn(recorder.outgoing(), [secret])).toMatchObject([{ channel: "telemetry", place }]);
      recorder.close();
    }
  });

  it("hears frames to the hub, requests to the platform, and what is stored", () => {
    const recorder = startRecorder();
    recorder.onBytes(Buffer.from([0, 1, ...Buffer.from(secret.value), 255]));
    const body = Buffer.from(secret.value);
    recorder.onRequest({ server: "api", method: "POST", target: "/", rawHeaders: [], body });
    recorder.heard("state", "rows and blobs", [JSON.stringify({ reason: secret.value })]);
    const channels = leaksIn(recorder.outgoing(), [secret]).map(({ channel }) => channel);
    expect(new Set(channels)).toEqual(new Set(["hub", "Microshare API", "state"]));
  });
});

describe("the tap", () => {
  it("passes requests on, and tells each with its headers and its body", async () => {
    await using server = await startServer((_request, response) => response.end("ok"));
    const tap = await startTap(server.port);
    const url = `http://127.0.0.1:${tap.port}/a?b=1`;
    await request(url, { method: "PUT", body: "plain body", headers: { "x-one": "1: 2" } }).then(({ body }) =>
      body.text(),
    );
    const chunks = Readable.from(["in ", "chunks"]);
    await request(url, { method: "POST", body: chunks }).then(({ body }) => body.text());
    await request(url).then(({ body }) => body.text());
    const heardOnes = tap.said().flatMap(requestsIn);
    const told = heardOnes.map(({ method, target, body }) => [method, target, Buffer.from(body).toString()]);
    // Over several connections, so in any order.
    expect(told.toSorted(([one = ""], [other = ""]) => one.localeCompare(other))).toEqual([
      ["GET", "/a?b=1", ""],
      ["POST", "/a?b=1", "in chunks"],
      ["PUT", "/a?b=1", "plain body"],
    ]);
    expect(heardOnes.flatMap(({ rawHeaders }) => rawHeaders)).toContain("1: 2");
    tap.close();
  });

  it("keeps what was said when the client hangs up in the middle", async () => {
    await using server = await startServer((_request, response) => response.end());
    const tap = await startTap(server.port);
    const client = connect(tap.port, "127.0.0.1");
    client.end("POST /x HTTP/1.1\r\ncontent-length: 100\r\n\r\nonly this");
    client.resume();
    await once(client, "close");
    expect(tap.said().flatMap(requestsIn)).toMatchObject([{ method: "POST", target: "/x" }]);
    expect(Buffer.from(tap.said().flatMap(requestsIn)[0]?.body ?? []).toString()).toBe("only this");
    tap.close();
  });
});
