// Owns the connection of one sink: made on first use, kept while it is good, closed in bounded time.

/** A client of an SDK, or whatever else holds the connection. */
export interface Closable {
  close(): Promise<void>;
}

/** One connection, shared by all who use it at the same time. */
export interface ConnectionUse<Client> {
  readonly client: Client;
  /** Closes the connection as soon as nobody uses it any more; whoever comes later gets a fresh one. */
  retire(): void;
}

interface Held<Client> {
  readonly opened: Promise<ConnectionUse<Client>>;
  readonly closed: PromiseWithResolvers<void>;
  users: number;
}

export class SinkConnection<Client extends Closable> {
  readonly #create: () => Promise<Client>;
  readonly #closeTimeoutMs: number;
  #held: Held<Client> | undefined;
  #lastClosed: Promise<void> = Promise.resolve();

  constructor(create: () => Promise<Client>, closeTimeoutMs: number) {
    this.#create = create;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  /** Runs `work` with the connection, which stays open at least until `work` has ended. */
  async use<T>(work: (use: ConnectionUse<Client>) => Promise<T>): Promise<T> {
    const held = (this.#held ??= this.#open());
    held.users += 1;
    try {
      return await work(await held.opened);
    } finally {
      held.users -= 1;
      await this.#shutWhenUnused(held);
    }
  }

  /** Never throws, and takes no longer than the time allowed. Work still under way fails; a later `use` opens again. */
  async close(): Promise<void> {
    const held = this.#held;
    if (held === undefined) return this.#lastClosed;
    this.#retire(held);
    return this.#shut(held);
  }

  #open(): Held<Client> {
    // Two connections at once could let a late batch of the old one land behind the first of the new one.
    const before = this.#lastClosed;
    const open = async (): Promise<ConnectionUse<Client>> => {
      await before;
      const client = await this.#create();
      return { client, retire: () => this.#retire(held) };
    };
    const held: Held<Client> = { opened: open(), closed: Promise.withResolvers(), users: 0 };
    return held;
  }

  #retire(held: Held<Client>): void {
    if (this.#held !== held) return;
    this.#held = undefined;
    this.#lastClosed = held.closed.promise;
  }

  async #shutWhenUnused(held: Held<Client>): Promise<void> {
    if (held.users === 0 && this.#held !== held) await this.#shut(held);
  }

  async #shut(held: Held<Client>): Promise<void> {
    const closing = held.opened.then(({ client }) => client.close());
    await endWithin(closing, this.#closeTimeoutMs);
    held.closed.resolve();
  }
}

/**
 * Awaits the closing of a connection, no longer than so. What it complains about changes nothing: confirmed is confirmed,
 * the rest is reported already.
 */
export async function endWithin(closing: Promise<void>, timeoutMs: number): Promise<void> {
  await Promise.race([closing.catch(() => {}), aborted(AbortSignal.timeout(timeoutMs))]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
