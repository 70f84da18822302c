import { describe, expect, it } from "vitest";
import { createSecretFilter, hideCredentialLookalikes } from "../../src/microshare/hide-secrets.ts";
import { percentEncode } from "../../src/microshare/query-string.ts";

const secret = `p@ss w/"rd&<é>#1'?`;

describe("hiding secrets", () => {
  const { hide } = createSecretFilter([secret, "Zugang", "Zugang-lang"]);

  it.each([
    ["as it is", secret],
    ["in other case", secret.toUpperCase()],
    ["percent-encoded", encodeURIComponent(secret)],
    ["percent-encoded in lower case", encodeURIComponent(secret).toLowerCase()],
    ["strictly percent-encoded", percentEncode(secret)],
    ["as form text", String(new URLSearchParams({ x: secret })).slice(2)],
    ["as Base64", Buffer.from(secret).toString("base64")],
    ["as Base64 without padding", Buffer.from(secret).toString("base64url")],
    ["escaped for JSON", JSON.stringify(secret).slice(1, -1)],
    ["escaped for HTML", "p@ss w/&quot;rd&amp;&lt;é&gt;#1&#39;?"],
  ])("finds a secret %s", (_how, form) => {
    expect(hide(`before ${form} after`)).toBe("before [hidden] after");
  });

  it("hides a longer secret whole when a shorter one begins it", () => {
    expect(hide("Zugang-lang, Zugang")).toBe("[hidden], [hidden]");
  });

  it("leaves text without secrets alone, and values too short to be secrets", () => {
    expect(createSecretFilter(["", "abc"]).hide("abc is fine")).toBe("abc is fine");
  });

  it("hides tokens from when they are known, the last few of them", () => {
    const filter = createSecretFilter(["password1"]);
    for (let turn = 0; turn < 10; turn += 1) filter.remember(`token-${turn}-end`);
    filter.remember("token-2-end");
    expect(filter.hide("token-9-end token-3-end token-2-end password1")).toBe("[hidden] [hidden] [hidden] [hidden]");
    expect(filter.hide("token-0-end")).toBe("token-0-end");
  });
});

describe("hiding what looks like a credential", () => {
  it.each([
    ["Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"],
    ["eyJhbGciOi.eyJkYXRh.c2ln", "[hidden]"],
    ['{"access_token":"opaque", "a":1}', '{"access_token":"[hidden]", "a":1}'],
    ["username=x&password=y z", "username=[hidden]&password=[hidden] z"],
    ["id 0123456789abcdef0123456789abcdef.", "id [hidden]."],
    ["view 650000000000000000000001 is unknown", "view 650000000000000000000001 is unknown"],
    ["by someone@mail.example.com", "by [hidden]"],
    ["PLAY_SESSION=abc.def; Path=/", "PLAY_SESSION=[hidden]; Path=/"],
  ])("turns %s into %s", (text, hidden) => {
    expect(hideCredentialLookalikes(text)).toBe(hidden);
  });
});
