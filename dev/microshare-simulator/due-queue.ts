// What is to happen later, earliest first; equal instants in the order in which they were put in.

export interface DueQueue<T> {
  put(at: number, item: T): void;
  /** Takes the earliest item out when it is due by then. */
  takeDue(now: number): { readonly item: T } | undefined;
}

interface Waiting<T> {
  readonly at: number;
  readonly number: number;
  readonly item: T;
}

/** A binary heap: fleets put in thousands of items an hour, some of them days ahead. */
export function createDueQueue<T>(): DueQueue<T> {
  const heap: Waiting<T>[] = [];
  let count = 0;
  return {
    put(at, item) {
      count += 1;
      rise(heap, { at, number: count, item });
    },
    takeDue(now) {
      const earliest = heap[0];
      if (earliest === undefined || earliest.at > now) return undefined;
      const last = heap.pop();
      if (last !== undefined && last !== earliest) sink(heap, last);
      return earliest;
    },
  };
}

function isBefore<T>(one: Waiting<T>, other: Waiting<T>): boolean {
  return one.at === other.at ? one.number < other.number : one.at < other.at;
}

function rise<T>(heap: Waiting<T>[], waiting: Waiting<T>): void {
  let index = heap.length;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || isBefore(parent, waiting)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = waiting;
}

/** Puts it in at the top, in place of the one just taken, and lets it down to where it belongs. */
function sink<T>(heap: Waiting<T>[], waiting: Waiting<T>): void {
  let index = 0;
  for (;;) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
    const isRightFirst = left !== undefined && right !== undefined && isBefore(right, left);
    const child = isRightFirst ? right : left;
    if (child === undefined || isBefore(waiting, child)) break;
    heap[index] = child;
    index = 2 * index + (isRightFirst ? 2 : 1);
  }
  heap[index] = waiting;
}
