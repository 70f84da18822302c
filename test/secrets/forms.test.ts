import { gzipSync } from "node:zlib";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { fc } from "../fast-check.ts";
import { leaksIn } from "./search.ts";

const secrets = [
  `p#a?s&w"o<r'd+1%/é`,
  "0123456789abcdef0123456789abcdef",
  "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE",
  "a b+c==",
];

/** What software does to a text, by the software that does it; `before` and `after` stand around the secret. */
const writers: Readonly<Record<string, (secret: string, before: string, after: string) => string | Uint8Array>> = {
  "as it is": (secret, before, after) => before + secret + after,
  "in a query": (secret, before, after) =>
    `https://host/?${String(new URLSearchParams([["x", before + secret + after]]))}`,
  "as a part of a URL": (secret, before, after) => encodeURIComponent(before + secret + after),
  "percent-encoded in lower case": (secret) =>
    encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
  "percent-encoded twice": (secret, before) => encodeURIComponent(encodeURIComponent(before + secret)),
  "a form in a query": (secret) => encodeURIComponent(String(new URLSearchParams([["x", secret]]))),
  "in JSON": (secret, before) => JSON.stringify({ [before]: [secret] }),
  "in JSON in JSON": (secret, before) => JSON.stringify({ inner: JSON.stringify({ [before]: secret }) }),
  "in JSON for HTML": (secret) =>
    JSON.stringify(secret).replaceAll(/[<>&']/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "in JSON of ASCII": (secret) =>
    JSON.stringify(secret).replaceAll(
      /[^ -~]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`,
    ),
  "in JSON in a query": (secret) => encodeURIComponent(JSON.stringify({ secret })),
  "in Base64": (secret, before, after) => Buffer.from(before + secret + after).toString("base64"),
  "in Base64 for URLs": (secret, before, after) => Buffer.from(before + secret + after).toString("base64url"),
  "in Base64 in a query": (secret, before) => encodeURIComponent(Buffer.from(before + secret).toString("base64")),
  "JSON in Base64": (secret, before) => Buffer.from(JSON.stringify({ [before]: secret })).toString("base64"),
  "a query in Base64": (secret, before) => Buffer.from(`${before}${encodeURIComponent(secret)}`).toString("base64"),
  "in a Basic header": (secret, before) => `Basic ${Buffer.from(`${before}:${secret}`).toString("base64")}`,
  "UTF-16 in Base64": (secret, before) => Buffer.from(before + secret, "utf16le").toString("base64"),
  "in hex": (secret, before) => Buffer.from(before + secret).toString("hex"),
  "in hex in upper case": (secret) => Buffer.from(secret).toString("hex").toUpperCase(),
  "as a Buffer is inspected": (secret) => inspect(Buffer.from(secret)),
  "as a Buffer in JSON": (secret, before) => JSON.stringify(Buffer.from(before + secret)),
  "as UTF-16": (secret, before) => Buffer.from(before + secret, "utf16le"),
  "as UTF-16, big end first": (secret, before) => Buffer.from(before + secret, "utf16le").swap16(),
  "in HTML": (secret) =>
    secret
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;"),
};

function found(written: string | Uint8Array, secret: string): boolean {
  return leaksIn([{ channel: "x", place: "y", content: written }], [{ name: "z", value: secret }]).length > 0;
}

describe("the forms of a secret", () => {
  it.each(Object.entries(writers))("hold what is written %s, whatever stands around it", (_, write) => {
    for (const secret of secrets) {
      for (const before of ["", "x", "xy", "xyz"]) {
        for (const after of ["", "&", "&z", "&zz"])
          expect(found(write(secret, before, after), secret), secret).toBe(true);
      }
    }
  });

  it.each(Object.entries(writers))("hold any secret of eight characters or more that is written %s", (_, write) => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", minLength: 8, maxLength: 40 }), fc.string(), (text, before) => {
        // White space at an end is trimmed off settings; control characters are in no password.
        const secret = text
          .replaceAll(/[^ -~]/g, "x")
          .trim()
          .padEnd(8, "x");
        expect(found(write(secret, before, ""), secret)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("are in nothing that holds no secret", () => {
    const text = "Route rooms@event-hub: 12 records of 3 pages in 1.5 s, 0 dead letters. ".repeat(200);
    for (const secret of secrets) {
      expect(found(text, secret)).toBe(false);
      expect(found(JSON.stringify({ text, key: secret.slice(0, -2) }), secret)).toBe(false);
    }
  });

  it("leave out compressed text: bodies are decompressed before", () => {
    expect(found(gzipSync(secrets[0] ?? ""), secrets[0] ?? "")).toBe(false);
  });
});
