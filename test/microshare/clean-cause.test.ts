import { describe, expect, it } from "vitest";
import { cleanCause, codeOf } from "../../src/microshare/clean-cause.ts";

const hide = (text: string): string => text.replaceAll("secret", "[hidden]");
const coded = (message: string, code: string): Error =>
  Object.assign(new Error(message), { code, data: "secret bytes" });

describe("the stand-in for an error from below", () => {
  it("keeps code and text and nothing else", () => {
    const cause = cleanCause(coded("socket of secret closed", "UND_ERR_SOCKET"), hide);
    expect(cause).toMatchObject({
      name: "TransportError",
      message: "socket of [hidden] closed",
      code: "UND_ERR_SOCKET",
    });
    expect(cause).not.toHaveProperty("data");
    expect(cause.stack).not.toContain("secret");
    expect(cause.cause).toBeUndefined();
  });

  it("tells every address that was tried, as the collective error has no text of its own", () => {
    const both = Object.assign(new AggregateError([coded("refused ::1", "E1"), coded("refused 127.0.0.1", "E1")]), {
      code: "E1",
    });
    expect(cleanCause(both, hide)).toMatchObject({ message: "refused ::1: refused 127.0.0.1", code: "E1" });
  });

  it("takes code and text of the wrapped error too", () => {
    const wrapped = new Error("proxy failed", { cause: coded("reset", "ECONNRESET") });
    expect(codeOf(wrapped)).toBe("ECONNRESET");
    expect(cleanCause(wrapped, hide).message).toBe("proxy failed: reset");
  });

  it("does not quote what is no error", () => {
    expect(cleanCause("secret", hide).message).toBe("string");
    expect(cleanCause(new Error("plain"), hide)).not.toHaveProperty("code");
  });
});
