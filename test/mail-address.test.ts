import { describe, expect, it } from "vitest";
import { isAllowedRecipient, mailAddress } from "../src/mail-address.ts";
import { fc } from "./fast-check.ts";

const refused: readonly string[] = [
  "",
  "ops",
  "@example.com",
  "ops@",
  "ops@localhost",
  "ops@example.com,other@evil.example",
  "ops@example.com;other@evil.example",
  "ops@example.com other@evil.example",
  "other@evil.example,ops@example.com",
  "ops@evil.example@example.com",
  "Ops <ops@example.com>",
  "<ops@example.com>",
  "ops@example.com (comment)",
  "ops(comment)@example.com",
  "ops@(comment)example.com",
  '"ops"@example.com',
  '"a@evil.example,b"@example.com',
  "ops%evil.example@example.com",
  "evil.example!ops@example.com",
  "ops@[127.0.0.1]",
  "ops@127.0.0.1",
  "ops@example.com.",
  "ops@.example.com",
  "ops@exa..mple.com",
  ".ops@example.com",
  "ops.@example.com",
  "o..ps@example.com",
  "ops@-example.com",
  "ops@example-.com",
  "ops@*.example.com",
  "*@example.com",
  "ops@example.com\r\nBcc: other@evil.example",
  "ops@example.com\n",
  "\tops@example.com",
  "ops@example.com\0",
  "ops@exаmple.com",
  "ops@例え.jp",
  "öps@example.com",
  "\uFF4Fps@example.com",
  "ops@example\u3002com",
  "ops@example.com,",
  "ops\\@example.com",
  `${"a".repeat(65)}@example.com`,
  `ops@${"a".repeat(64)}.com`,
  `ops@${"abcdefghi.".repeat(26)}com`,
];

describe("an e-mail address", () => {
  it("is a plain mailbox, whatever its case", () => {
    for (const text of [
      "ops@example.com",
      "Ops.Team+night@Mail.Example.COM",
      "o'brien_1-x@xn--r8jz45g.jp",
      "a@b.xn--p1ai",
    ]) {
      expect(mailAddress(text)).toBe(text.toLowerCase());
    }
  });

  it.each(refused)("is not %j", (text) => {
    expect(mailAddress(text)).toBeUndefined();
  });

  it("names one mailbox of one domain, whatever the text is", () => {
    const pieces = fc.constantFrom(
      "ops",
      "@",
      "example.com",
      "evil.example",
      ",",
      ";",
      " ",
      '"',
      "<",
      ">",
      "(",
      ")",
      "%",
      "\n",
      ":",
      "\\",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((some) => some.join("")),
          fc.string({ unit: "grapheme" }),
        ),
        (text) => {
          const address = mailAddress(text);
          if (address === undefined) return;
          expect(address).toMatch(/^[a-z0-9_'+.-]+@[a-z0-9.-]+$/);
          expect(address).toBe(text.toLowerCase());
        },
      ),
    );
  });
});

describe("who may be written to", () => {
  const allowed = { addresses: ["ops@example.com"], domains: ["example.org"] };

  it("is who is listed, by address or by domain", () => {
    for (const address of ["ops@example.com", "anybody@example.org"])
      expect(isAllowedRecipient(allowed, address)).toBe(true);
  });

  it("is nobody else: no neighbour, no subdomain, no longer domain", () => {
    const others = [
      "dev@example.com",
      "ops+x@example.com",
      "a@sub.example.org",
      "a@myexample.org",
      "a@example.org.evil.com",
    ];
    for (const address of others) expect(isAllowedRecipient(allowed, address)).toBe(false);
    expect(isAllowedRecipient({ addresses: [], domains: [] }, "ops@example.com")).toBe(false);
  });
});
