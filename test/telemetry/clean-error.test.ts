import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { cleanError } from "../../src/telemetry/clean-error.ts";
import { createRedact } from "../../src/telemetry/redact.ts";

const secret = "c2VjcmV0IGtleQ==";
const redact = createRedact([secret]);

describe("a failure that leaves", () => {
  it("keeps its code and says the same without secrets, all the way down", () => {
    const deepest = Object.assign(new TypeError(`bad ${secret}`), { code: "ERR_BAD", request: { key: secret } });
    const both = new AggregateError([deepest, `thrown as text: ${secret}`], "", { cause: deepest });
    const error = new BridgeError("SINK_REFUSED", `refused ${secret}`, { fix: `look at ${secret}`, cause: both });
    const clean = cleanError(error, redact);
    expect(clean).toMatchObject({ code: "SINK_REFUSED", message: "refused [secret]", fix: "look at [secret]" });
    expect(clean).toBeInstanceOf(BridgeError);
    expect(clean.cause).toMatchObject({
      name: "AggregateError",
      errors: [
        { name: "TypeError", code: "ERR_BAD", message: "bad [secret]" },
        { message: "thrown as text: [secret]" },
      ],
      cause: { name: "TypeError" },
    });
    const shown = inspect(clean, { depth: 9, showHidden: true });
    expect(shown).not.toContain(secret);
    expect(shown).toContain("clean-error.test.ts");
  });

  it("needs no cause", () => {
    const clean = cleanError(new BridgeError("OUT_OF_TIME", "over", { fix: "wait" }), redact);
    expect(clean.cause).toBeUndefined();
  });

  it.each(["sig=", "sig%3D"])("shows no signature of Azure: %s", (name) => {
    const signature = `${name}AbCdEfGhIjKlMnOpQrStUvWxYz0123456789%2Bab%3D`;
    const error = new BridgeError("SINK_REFUSED", `SharedAccessSignature sr=x&${signature}&se=1`, { fix: "" });
    expect(cleanError(error, redact).message).toBe(`SharedAccessSignature sr=x&${name}[secret]&se=1`);
  });
});
