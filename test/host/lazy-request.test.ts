import { HttpRequest } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { LazyRequest } from "../../src/host/lazy-request.ts";

const HEADERS = { "content-type": "application/json", "x-one": "1", "set-cookie": ["a=1", "b=2"] };

function both(text: string, method = "POST"): readonly [HttpRequest, HttpRequest] {
  const url = new URL("http://localhost/api/webhook?code=a%20key&more=1");
  const bytes = Buffer.from(text);
  const headers = { ...HEADERS, "set-cookie": "a=1, b=2" };
  const body = bytes.byteLength === 0 ? {} : { body: { bytes } };
  return [
    new LazyRequest({ method, url, headers: HEADERS, bytes }),
    new HttpRequest({ method, url: url.href, headers, params: {}, ...body }),
  ];
}

const readers: readonly (readonly [string, (request: HttpRequest) => unknown])[] = [
  ["method, address, query", ({ method, url, query, params, user }) => [method, url, [...query], params, user]],
  ["one header", ({ headers }) => [headers.get("X-One"), headers.has("x-two"), headers.get("set-cookie")]],
  ["all headers", ({ headers }) => [[...headers], [...headers.keys()], [...headers.values()], [...headers.entries()]]],
  [
    "changed headers",
    ({ headers }) => {
      headers.set("x-two", "2");
      headers.append("x-one", "3");
      headers.delete("content-type");
      const seen: string[] = [];
      headers.forEach((value, name) => seen.push(`${name}=${value}`));
      return [headers.get("x-two"), headers.has("content-type"), headers.get("x-one"), seen];
    },
  ],
  ["text", (request) => request.text()],
  ["JSON", (request) => request.json()],
  ["bytes", async (request) => Buffer.from(await request.arrayBuffer()).toString("hex")],
  ["blob", async (request) => (await request.blob()).text()],
  ["stream", async (request) => (request.body === null ? null : Buffer.from(await request.arrayBuffer()).toString())],
  ["a clone", async (request) => [await request.clone().text(), await request.text(), request.bodyUsed]],
  ["what is used", async (request) => [request.bodyUsed, await request.text(), request.bodyUsed]],
];

describe("a request whose whole is built late", () => {
  it.each(readers)("tells a handler the same as the library's own: %s", async (_name, read) => {
    for (const text of [`{"clientId":"dépôt"}`, `\uFEFF"marked"`]) {
      const [lazy, own] = both(text);
      expect(await read(lazy)).toEqual(await read(own));
    }
  });

  it("has no body where none came", async () => {
    for (const method of ["GET", "POST"]) {
      const [lazy, own] = both("", method);
      expect([await lazy.text(), lazy.bodyUsed, lazy.body]).toEqual([await own.text(), own.bodyUsed, own.body]);
      await expect(lazy.json()).rejects.toThrow(SyntaxError);
    }
  });

  it("gives a body once", async () => {
    const [lazy] = both(`{"clientId":"a"}`);
    await lazy.json();
    await expect(lazy.text()).rejects.toThrow(TypeError);
    expect(() => lazy.clone()).toThrow(TypeError);
  });

  it("does not share memory with what it came in", async () => {
    const bytes = Buffer.from("abc");
    const request = new LazyRequest({ method: "POST", url: new URL("http://localhost/"), headers: {}, bytes });
    const own = await request.arrayBuffer();
    bytes.fill(0);
    expect(Buffer.from(own).toString()).toBe("abc");
  });
});
