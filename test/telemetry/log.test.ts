import { describe, expect, it } from "vitest";
import { createLog, type LogLevel } from "../../src/telemetry/log.ts";
import { createRedact } from "../../src/telemetry/redact.ts";

function logAt(level: LogLevel, secrets: readonly string[] = []) {
  const lines: string[] = [];
  return { lines, log: createLog((at, line) => void lines.push(`${at}: ${line}`), level, createRedact(secrets)) };
}

describe("the log", () => {
  it("writes the message, and facts behind it as JSON", () => {
    const { lines, log } = logAt("debug");
    log.debug("plain");
    log.info("with facts", { records: 3 });
    expect(lines).toEqual(["debug: plain", 'info: with facts {"records":3}']);
  });

  it("drops lines below its level", () => {
    const { lines, log } = logAt("warn");
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
    expect(lines).toEqual(["warn: w", "error: e"]);
  });

  it.each([
    ["raw", (secret: string) => secret],
    ["percent-encoded", encodeURIComponent],
    ["form-encoded", (secret: string) => new URLSearchParams({ s: secret }).toString().slice(2)],
    ["base64", (secret: string) => Buffer.from(secret).toString("base64")],
    ["base64url", (secret: string) => Buffer.from(secret).toString("base64url")],
    ["inside JSON", (secret: string) => JSON.stringify({ secret })],
  ])("blanks out a secret that is %s", (_form, encode) => {
    const secret = 'p#a?s"s+ 1%\\';
    const { lines, log } = logAt("info", [secret]);
    log.info(`login with ${encode(secret)} failed`);
    expect(lines[0]).toContain("[secret]");
    expect(lines[0]).not.toContain(encode(secret).replaceAll(/^{"secret":"|"}$/g, ""));
  });

  it("blanks out the longer of two secrets that begin alike", () => {
    const { lines, log } = logAt("info", ["abcd", "abcdefgh"]);
    log.info("abcdefgh");
    expect(lines).toEqual(["info: [secret]"]);
  });

  it("leaves text alone when a secret is too short to be one", () => {
    const { lines, log } = logAt("info", ["a", ""]);
    log.info("a banana");
    expect(lines).toEqual(["info: a banana"]);
  });
});
