// The way of one request, from top to bottom: rate, size, form, signature, JSON, contract, answer.
import { createHash } from "node:crypto";
import type { RequestRate } from "../http/request-rate.ts";
import type { Instant } from "../pipeline/records.ts";
import type { AnsweredBefore } from "./answered-before.ts";
import type { Answer, ReceivedRequest, WebhookContract } from "./contract.ts";
import { CORRELATION_HEADER, idOfSignature, IDEMPOTENCY_HEADER, newId, shownId } from "./correlation-id.ts";
import { problem } from "./problem.ts";
import { checkSignature, SIGNATURE_HEADER, TIMESTAMP_HEADER, type SignatureTerms } from "./signature.ts";

/** A request as a host gives it; the function key was checked there. */
export interface RawRequest {
  /** Null when absent; names in lower case. */
  header(name: string): string | null;
  bytes(): Promise<Uint8Array>;
}

export interface ReceiveDeps {
  readonly rate: RequestRate;
  readonly maxBodyBytes: number;
  /** Absent when requests need no signature. */
  readonly signatures?: SignatureTerms;
  /** Asked in this order; the last takes what none accepts. Never empty. */
  readonly contracts: readonly WebhookContract[];
  readonly answeredBefore: AnsweredBefore;
  readonly now: () => Instant;
}

/** The answer, and the id that it goes by in logs. Throws only for bugs. */
export async function receive(
  raw: RawRequest,
  deps: ReceiveDeps,
): Promise<Answer & { readonly correlationId: string }> {
  const shown = shownId((name) => raw.header(name));
  let correlationId = shown.kind === "given" ? shown.id : newId();
  const answered = (answer: Answer) => ({
    ...answer,
    headers: { ...answer.headers, [CORRELATION_HEADER]: correlationId },
    correlationId,
  });

  const rate = deps.rate();
  if (rate.kind === "too-many") {
    const { retryAfterMs } = rate;
    return answered(problem("too-many", "This instance takes no more requests right now.", { retryAfterMs }));
  }
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(raw.header("content-type") ?? "")) {
    return answered(problem("not-json", "Send the body as application/json."));
  }
  const tooLarge = problem("too-large", `The body may have up to ${deps.maxBodyBytes} bytes.`);
  if (Number(raw.header("content-length") ?? 0) > deps.maxBodyBytes) return answered(tooLarge);
  const bytes = await raw.bytes();
  if (bytes.byteLength > deps.maxBodyBytes) return answered(tooLarge);

  if (deps.signatures !== undefined) {
    const signed = {
      timestamp: raw.header(TIMESTAMP_HEADER),
      signature: raw.header(SIGNATURE_HEADER),
      id: raw.header(CORRELATION_HEADER) ?? raw.header(IDEMPOTENCY_HEADER) ?? "",
      body: bytes,
    };
    const verdict = checkSignature(signed, deps.signatures, deps.now());
    if (verdict.kind === "invalid") return answered(problem("not-signed", verdict.detail));
    if (shown.kind === "none") correlationId = idOfSignature(verdict.signature);
  }

  const json = parse(bytes);
  const faults = shown.kind === "invalid" ? shown.faults : [];
  if (json === undefined) {
    const errors = [...faults, { pointer: "", detail: "The body is not JSON in UTF-8." }];
    return answered(problem("invalid", CORRECT, { correlationId, errors }));
  }
  const { body, text } = json;
  const contract = deps.contracts.find((one) => one.accepts(body)) ?? deps.contracts.at(-1);
  if (contract === undefined) throw new Error("the webhook has no contract");
  const errors = [...faults, ...(contract.faultsIn?.(body) ?? [])];
  if (errors.length > 0) {
    return answered(problem("invalid", CORRECT, { correlationId, errors }));
  }

  const request: ReceivedRequest = { correlationId, text, receivedAt: deps.now() };
  const handled = (): Promise<Answer> => contract.handle(body, request);
  // Nobody can repeat an id that was made here just now.
  if (shown.kind === "none" && deps.signatures === undefined) return answered(await handled());
  const answer = await deps.answeredBefore.answer(correlationId, fingerprintOf(bytes), handled);
  if (answer !== undefined) return answered(answer);
  const detail = "A message with this id and another body was sent already. Each message needs an id of its own.";
  return answered(problem("conflict", detail, { correlationId }));
}

const CORRECT = "Nothing was sent. Correct all that is listed in errors.";

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parse(bytes: Uint8Array): { readonly body: unknown; readonly text: string } | undefined {
  try {
    const text = utf8.decode(bytes);
    const body: unknown = JSON.parse(text);
    return { body, text };
  } catch (error) {
    // The decoder throws a TypeError, the parser a SyntaxError: its text quotes the body, so that it goes nowhere.
    if (error instanceof TypeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fingerprintOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
