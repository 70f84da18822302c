import { describe, expect, it } from "vitest";
import { CORRELATION_ID, idOfSignature, shownId } from "../../src/webhook/correlation-id.ts";
import { checkSignature, signatureOf } from "../../src/webhook/signature.ts";

const SECRET = "an example secret, 32 characters";
const NOW = 1_700_000_000_000;
const BODY = Buffer.from('{"clientId":"c-1","opportunity":"o-1"}');
/** printf '1700000000.order-00001.{"clientId":"c-1","opportunity":"o-1"}' | openssl dgst -sha256 -hmac "$SECRET" */
const KNOWN = "b5e5b44fdca129e95dbec9639df1eac77be18def71cd57659e91f45f524e1986";

describe("the signature of a request", () => {
  const terms = { secrets: [SECRET], replayWindowMs: 300_000 };
  const request = { timestamp: "1700000000", signature: `v1=${KNOWN}`, id: "order-00001", body: BODY };
  const verdict = (change: object, more: object = {}, now = NOW) =>
    checkSignature({ ...request, ...change }, { ...terms, ...more }, now).kind;

  it("is what other programs compute", () => {
    expect(signatureOf(SECRET, request.timestamp, request.id, BODY)).toBe(KNOWN);
    expect(checkSignature(request, terms, NOW)).toEqual({ kind: "valid", signature: KNOWN });
  });

  it("covers time, id and body", () => {
    expect(verdict({ timestamp: "1700000001" })).toBe("invalid");
    expect(verdict({ id: "order-00002" })).toBe("invalid");
    expect(verdict({ id: "" })).toBe("invalid");
    expect(verdict({ body: Buffer.from(`${BODY.toString()} `) })).toBe("invalid");
    expect(verdict({}, { secrets: ["another"] })).toBe("invalid");
  });

  it("may be one of several, with any of the secrets", () => {
    const wrong = `v1=${"0".repeat(64)}`;
    expect(verdict({ signature: `${wrong}, v1=${KNOWN.toUpperCase()}` })).toBe("valid");
    expect(verdict({}, { secrets: ["new one", SECRET] })).toBe("valid");
    expect(verdict({ signature: `${wrong},${wrong}` })).toBe("invalid");
    expect(verdict({ signature: Array.from({ length: 5 }, () => `v1=${KNOWN}`).join(",") })).toBe("invalid");
  });

  it("holds inside of the window alone, on both sides", () => {
    expect(verdict({}, {}, NOW + 300_000)).toBe("valid");
    expect(verdict({}, {}, NOW + 300_001)).toBe("invalid");
    expect(verdict({}, {}, NOW - 300_000)).toBe("valid");
    expect(verdict({}, {}, NOW - 300_001)).toBe("invalid");
  });

  it("is needed in its exact form", () => {
    for (const signature of [null, "", KNOWN, `v2=${KNOWN}`, `v1=${KNOWN.slice(1)}`, `v1=${KNOWN},`, `v1=${KNOWN}0`]) {
      expect(verdict({ signature })).toBe("invalid");
    }
    for (const timestamp of [null, "", "now", "-1700000000", "1.7e9", " 1700000000", "1700000000000"]) {
      expect(verdict({ timestamp })).toBe("invalid");
    }
  });
});

describe("the id of a request", () => {
  const idIn = (headers: Readonly<Record<string, string>>) => shownId((name) => headers[name] ?? null);

  it("is the caller's where it can be one", () => {
    expect(idIn({})).toEqual({ kind: "none" });
    for (const id of ["order-01", "00000000-0000-4000-8000-000000000000", "a".repeat(128), "a.b_c:d-e"]) {
      expect(idIn({ "x-correlation-id": id })).toEqual({ kind: "given", id });
      expect(idIn({ "idempotency-key": id })).toEqual({ kind: "given", id });
    }
    for (const id of [
      "",
      "1234567",
      "a".repeat(129),
      "with space",
      "line\nbreak",
      "-leading-",
      'quote"d-id',
      "ünicode-id",
    ]) {
      expect(idIn({ "x-correlation-id": id })).toMatchObject({
        kind: "invalid",
        faults: [{ header: "x-correlation-id" }],
      });
    }
  });

  it("is not two ids at once", () => {
    expect(idIn({ "x-correlation-id": "order-01", "idempotency-key": "order-01" })).toMatchObject({ kind: "given" });
    expect(idIn({ "x-correlation-id": "order-01", "idempotency-key": "order-02" })).toMatchObject({ kind: "invalid" });
  });

  it("comes from the signature where a signed request has none", () => {
    const id = idOfSignature(KNOWN);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id).toMatch(CORRELATION_ID);
    expect(idOfSignature(KNOWN)).toBe(id);
    expect(idOfSignature(`${KNOWN.slice(1)}0`)).not.toBe(id);
  });
});
