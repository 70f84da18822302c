// Callers of the webhook through nginx, which repeat what was not confirmed under the same id, as docs/webhook.md asks them to.
import { randomUUID } from "node:crypto";
import type { Nginx } from "./nginx.ts";

export interface Callers {
  /** Ids that were answered with success. */
  readonly acknowledged: ReadonlySet<string>;
  /** Statuses of the answers after which a request was repeated. */
  readonly repeatedAfter: readonly number[];
  /** Resolves when so many were answered with success. */
  reached(count: number): Promise<void>;
  /** Lets each bring its present request to its end. */
  stop(): Promise<void>;
}

/** Half of them show their key in the header, half in the query. Any status but 200, 502 and 503 is an error. */
export function startCallers(nginx: Pick<Nginx, "fetch">, key: string, count: number): Callers {
  const acknowledged = new Set<string>();
  const repeatedAfter: number[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let stopped = false;

  async function caller(number: number): Promise<void> {
    while (!stopped) {
      const id = randomUUID();
      repeatedAfter.push(...(await postUntilTaken(nginx, { id, key, inQuery: number % 2 === 1 })));
      acknowledged.add(id);
      for (const one of waiting) if (acknowledged.size >= one.count) one.resolve();
    }
  }

  const all = Promise.all(Array.from({ length: count }, (_none, number) => caller(number)));
  return {
    acknowledged,
    repeatedAfter,
    async reached(wanted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const one = { count: wanted, resolve };
      waiting.add(one);
      await Promise.race([promise, all]);
      waiting.delete(one);
    },
    async stop() {
      stopped = true;
      await all;
    },
  };
}

/** The statuses after which it was repeated under its id, until it was answered with success. */
export async function postUntilTaken(nginx: Pick<Nginx, "fetch">, request: Post): Promise<readonly number[]> {
  const before: number[] = [];
  for (;;) {
    const { status, correlationId } = await post(nginx, request);
    if (status === 200 && correlationId === request.id) return before;
    if (status !== 502 && status !== 503)
      throw new Error(`${request.id} was answered with ${status}, ${correlationId}`);
    before.push(status);
  }
}

export interface Post {
  readonly id: string;
  readonly key: string;
  readonly inQuery?: boolean;
  readonly body?: string;
}

export async function post(
  nginx: Pick<Nginx, "fetch">,
  { id, key, inQuery = false, body = BODY }: Post,
): Promise<{ readonly status: number; readonly correlationId: string | null }> {
  const answer = await nginx.fetch(`/api/webhook${inQuery ? `?code=${encodeURIComponent(key)}` : ""}`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-correlation-id": id,
      ...(inQuery ? {} : { "x-functions-key": key }),
    },
  });
  await answer.text();
  return { status: answer.status, correlationId: answer.headers.get("x-correlation-id") };
}

const BODY = JSON.stringify({ clientId: "client-0042", opportunity: "a new door" });
