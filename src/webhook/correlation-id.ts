// The id of a request, which becomes the id of its message: the caller's own where there is one.
import { createHash, randomUUID } from "node:crypto";
import type { Fault } from "./problem.ts";

export const CORRELATION_HEADER = "x-correlation-id";
export const IDEMPOTENCY_HEADER = "idempotency-key";

/** What a caller may choose. Short ids such as counters would soon meet another caller's, and the queue drops what has the same. */
export const CORRELATION_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,127}$/;

export type ShownId =
  | { readonly kind: "none" }
  | { readonly kind: "given"; readonly id: string }
  | { readonly kind: "invalid"; readonly faults: readonly Fault[] };

type Header = (name: string) => string | null;

/** Both headers mean the same; either will do. */
export function shownId(header: Header): ShownId {
  const given = [CORRELATION_HEADER, IDEMPOTENCY_HEADER].flatMap((name) => {
    const value = header(name);
    return value === null ? [] : [{ name, value }];
  });
  const faults: Fault[] = given.flatMap(({ name, value }) =>
    CORRELATION_ID.test(value)
      ? []
      : [
          {
            header: name,
            detail: "It must be 8 to 128 letters, digits, dots, hyphens, underscores and colons: best a UUID.",
          },
        ],
  );
  const [first, second] = given;
  if (first === undefined) return { kind: "none" };
  if (faults.length === 0 && second !== undefined && second.value !== first.value) {
    faults.push({ header: second.name, detail: `It must be the same as ${first.name}, or be left out.` });
  }
  return faults.length > 0 ? { kind: "invalid", faults } : { kind: "given", id: first.value };
}

export function newId(): string {
  return randomUUID();
}

/** A UUID (version 8) that is the same for the same signature: a replayed request is the same message once more. */
export function idOfSignature(signature: string): string {
  const hex = createHash("sha256").update(signature).digest("hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
