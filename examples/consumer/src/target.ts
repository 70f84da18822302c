// A target that takes whatever it is given, as often as it is given it: an HTTP endpoint.
import type { ReceivedEvent } from "./received-event.ts";

const timeoutMs = 30_000;

/** Resolves once the endpoint has taken the record. */
export async function postRecord(url: string, { body }: ReceivedEvent): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The target answered ${response.status}.`);
}
