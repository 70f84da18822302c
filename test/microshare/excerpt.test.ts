import { describe, expect, it } from "vitest";
import { excerpt, excerptOfBody } from "../../src/microshare/excerpt.ts";
import { createSecretFilter } from "../../src/microshare/hide-secrets.ts";

const secret = "correct horse battery staple";
const { hide } = createSecretFilter([secret]);

describe("an excerpt", () => {
  it("is one short line that cannot forge log lines", () => {
    expect(excerpt("  one\r\ntwo\u001B[31m\tthree\u2028four ", hide)).toBe("one two [31m three four");
    expect(excerpt("x".repeat(500), hide)).toBe(`${"x".repeat(200)}...`);
  });

  it("shows no part of a secret, wherever the text is cut", () => {
    for (const before of [0, 150, 180, 199, 8170, 8180, 8191]) {
      const shown = excerpt(`${".".repeat(before)}${secret} and more ${"y".repeat(before)}`, hide);
      expect(shown).not.toMatch(/corr|horse|staple/);
      const spaced = excerpt(`${" ".repeat(before)}${secret}`, hide);
      expect(spaced).not.toMatch(/corr|horse|staple/);
    }
  });

  it.each([
    ["one long word", "y".repeat(64 * 1024)],
    ["one long address", `${"a".repeat(32_000)}@${"b".repeat(32_000)}`],
    ["many titles that never end", "<html>".padEnd(64 * 1024, "<title ")],
    ["many signs", "$a=".repeat(20_000)],
    ["hex", "0123456789abcdef".repeat(4096)],
  ])("takes no time for hostile bodies: %s", (_what, text) => {
    const startedAt = performance.now();
    excerptOfBody(Buffer.from(text), hide);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it("of an HTML page is its title, if it has one", () => {
    expect(excerptOfBody(Buffer.from("<html><title>Sign in</title>"), hide)).toBe('HTML page "Sign in"');
    expect(excerptOfBody(Buffer.from("<html><title></title>"), hide)).toBe("HTML page");
  });
});
