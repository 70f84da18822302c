import { describe, expect, it } from "vitest";
import { secretsOf } from "../../src/config/load-settings.ts";
import { linesOf, load } from "./environments.ts";

const KEY = "bWFpbCBrZXkgb2Ygbm9ib2R5IGF0IGFsbA==";
const connectionString = `endpoint=https://acs-example.communication.azure.com/;accesskey=${KEY}`;
const on = {
  NOTIFY: "on",
  NOTIFY_CONNECTION_STRING: connectionString,
  NOTIFY_SENDER: "DoNotReply@example.com",
  NOTIFY_ALLOWED_RECIPIENTS: "Ops@Example.com, example.org,@example.net",
};
const without = (name: keyof typeof on) => linesOf({ ...on, [name]: undefined });

describe("e-mail", () => {
  it("is off unless it is switched on", () => {
    expect(load({})).not.toHaveProperty("notify");
    expect(load({ ...on, NOTIFY: "off" })).not.toHaveProperty("notify");
  });

  it("goes out with a key, within the limits of a managed domain", () => {
    expect(load(on).notify).toEqual({
      access: { kind: "key", endpoint: "https://acs-example.communication.azure.com", accessKey: KEY },
      sender: "donotreply@example.com",
      allowed: { addresses: ["ops@example.com"], domains: ["example.org", "example.net"] },
      mailsPerMinute: 5,
      mailsPerHour: 10,
      requestsPerMinute: 10,
    });
  });

  it("goes out with an identity, the one that AZURE_CLIENT_ID names", () => {
    const endpoint = "https://acs-example.communication.azure.com";
    const withIdentity = { ...on, NOTIFY_CONNECTION_STRING: undefined, NOTIFY_ENDPOINT: `${endpoint}/` };
    expect(load(withIdentity).notify?.access).toEqual({ kind: "identity", endpoint });
    const clientId = "11111111-1111-4111-8111-111111111111";
    expect(load({ ...withIdentity, AZURE_CLIENT_ID: clientId }).notify?.access).toMatchObject({ clientId });
  });

  it("needs a way in, a sender and recipients, each told with what to do", () => {
    expect(without("NOTIFY_CONNECTION_STRING")).toEqual([
      expect.stringMatching(
        /^NOTIFY_CONNECTION_STRING is not set, and neither is NOTIFY_ENDPOINT, .* Set NOTIFY_ENDPOINT/,
      ),
    ]);
    expect(without("NOTIFY_SENDER")).toEqual([
      expect.stringMatching(/^NOTIFY_SENDER is not set, .* or set NOTIFY to off\.$/),
    ]);
    expect(without("NOTIFY_ALLOWED_RECIPIENTS")).toEqual([
      expect.stringMatching(/^NOTIFY_ALLOWED_RECIPIENTS is not set/),
    ]);
  });

  it("takes one way in, not two", () => {
    expect(linesOf({ ...on, NOTIFY_ENDPOINT: "https://acs-example.communication.azure.com" })).toEqual([
      expect.stringMatching(/^NOTIFY_ENDPOINT is set together with NOTIFY_CONNECTION_STRING\./),
    ]);
  });

  it.each([
    ["no parts", "nonsense", "has no endpoint"],
    ["no key", "endpoint=https://acs.example.com/", "has no accesskey"],
    [
      "a key that is not base64",
      "endpoint=https://acs.example.com/;accesskey=not base64 at all......",
      "has no accesskey",
    ],
    ["plain http to another machine", connectionString.replace("https", "http"), "has no endpoint"],
    ["a path", connectionString.replace("com/", "com/emails"), "has an endpoint with a path"],
  ])("does not take a connection string with %s, and does not show it", (_, text, problem) => {
    const lines = linesOf({ ...on, NOTIFY_CONNECTION_STRING: text });
    expect(lines).toEqual([expect.stringContaining(`NOTIFY_CONNECTION_STRING ${problem}`)]);
    expect(lines.join()).not.toContain(KEY);
  });

  it.each([
    "*",
    "*@example.com",
    "*.example.com",
    "ops@example.com,,",
    "example",
    "ops@example.com evil.example",
    "例え.jp",
  ])("does not take %j for a list of recipients", (text) => {
    expect(linesOf({ ...on, NOTIFY_ALLOWED_RECIPIENTS: text })).toEqual([
      expect.stringMatching(/^NOTIFY_ALLOWED_RECIPIENTS has an entry that is neither an e-mail address nor a domain\./),
    ]);
  });

  it("has a key that is never shown, alone or in its connection string", () => {
    expect(secretsOf(on)).toEqual(expect.arrayContaining([connectionString, KEY]));
  });
});
