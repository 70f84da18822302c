// Holds what is to be sent, within bounds, and sends it in batches, one at a time. What matters is the last to be let go.

export interface Outbox<Item> {
  /** `matters` keeps its place when there is no room for everything. */
  add(item: Item, matters: boolean): void;
  /** Resolves once nothing waits and nothing is on its way. Never rejects. */
  flush(): Promise<void>;
  /**
   * How many had to be let go, and what could not be sent, since it was last asked. With `giveUp` also what still waits,
   * which is forgotten, and what is on its way, which may arrive all the same.
   */
  takeLost(giveUp?: boolean): { readonly dropped: number; readonly refused: readonly Item[] };
}

export interface OutboxOptions<Item> {
  /** Resolves with false when the items did not arrive. Never rejects. */
  readonly send: (items: readonly Item[]) => Promise<boolean>;
  /** A batch begins by itself as soon as so many wait. */
  readonly batchItems: number;
  /** Beyond this what does not matter is dropped; twice as many are never held. */
  readonly mostItems: number;
}

export function createOutbox<Item>({ send, batchItems, mostItems }: OutboxOptions<Item>): Outbox<Item> {
  let waiting: Item[] = [];
  let onItsWay: readonly Item[] = [];
  let sending: Promise<void> | undefined;
  let dropped = 0;
  let refused: Item[] = [];

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchItems);
      waiting = waiting.slice(batchItems);
      onItsWay = batch;
      const arrived = await send(batch);
      const givenUp = onItsWay.length === 0;
      onItsWay = [];
      if (arrived || givenUp) continue;
      const room = Math.max(0, mostItems - refused.length);
      refused.push(...batch.slice(0, room));
      dropped += Math.max(0, batch.length - room);
    }
    sending = undefined;
  }

  return {
    add(item, matters) {
      if (waiting.length >= (matters ? 2 * mostItems : mostItems)) {
        dropped += 1;
        return;
      }
      waiting.push(item);
      if (waiting.length >= batchItems) sending ??= sendAll();
    },
    async flush() {
      sending ??= sendAll();
      await sending;
    },
    takeLost(giveUp = false) {
      const lost = { dropped, refused: giveUp ? [...refused, ...onItsWay, ...waiting] : refused };
      if (giveUp) [onItsWay, waiting] = [[], []];
      dropped = 0;
      refused = [];
      return lost;
    },
  };
}
