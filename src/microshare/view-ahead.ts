// Answers of a view that are asked for before their turn: the next pages of a window, and the first ones of the next windows.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApiResponse } from "./api.ts";

export interface AheadLimits {
  /** Asked for and not taken yet. */
  readonly pages: number;
  /** Of answers that wait, by the largest that was seen; one page may wait whatever its size. */
  readonly bytes: number;
}

export interface Ahead {
  /** Asks at once, unless the page is asked for already or enough are. What becomes of it shows when it is taken. */
  ask(group: string, page: string, send: (signal: AbortSignal) => Promise<ApiResponse>): void;
  /**
   * Resolves with the answer that was asked for, else with what `send` brings. Only then is it looked into, in the order in
   * which pages are read: what is learned from one about the next does not depend on which came first.
   */
  take(group: string, page: string, send: () => Promise<ApiResponse>): Promise<ApiResponse>;
  /** Nobody will come for what is left of these. */
  drop(isLeft: (group: string) => boolean): void;
}

interface Waiting {
  readonly group: string;
  readonly answer: Promise<ApiResponse>;
  readonly stop: AbortController;
}

export function createAhead({ pages, bytes }: AheadLimits): Ahead {
  const waiting = new Map<string, Waiting>();
  let largest = 1;
  const most = (): number => Math.min(pages, Math.max(1, Math.floor(bytes / largest)));
  return {
    ask(group, page, send) {
      const key = keyOf(group, page);
      if (waiting.has(key) || waiting.size >= most()) return;
      const stop = new AbortController();
      const answer = send(stop.signal);
      // Whoever comes for it hears of it; it may be that nobody does.
      answer.catch(() => undefined);
      waiting.set(key, { group, answer, stop });
    },
    async take(group, page, send) {
      const key = keyOf(group, page);
      const asked = waiting.get(key);
      const response = await (asked?.answer ?? send()).finally(() => waiting.delete(key));
      largest = Math.max(largest, response.body.length);
      // Looking into a page takes longer than sending a request: first the one that waited for this answer leaves.
      if (asked !== undefined) await nextTurn();
      return response;
    },
    drop(isLeft) {
      for (const [key, { group, stop }] of waiting) {
        if (!isLeft(group)) continue;
        waiting.delete(key);
        stop.abort();
      }
    },
  };
}

function keyOf(group: string, page: string): string {
  return `${group} ${page}`;
}
