// What one queue or subscription holds: messages in order, locked while a receiver works on them.
import { lockLost } from "./conditions.ts";
import type { AmqpFault } from "../amqp/conditions.ts";
import type { KeptMessage } from "./message.ts";

export interface Lock {
  readonly kept: KeptMessage;
  readonly until: number;
  /** How often it was delivered before. */
  readonly deliveryCount: number;
}

export interface Box {
  readonly requiresSession: boolean;
  /** Not completed yet, in order, locked ones too. */
  readonly messages: readonly KeptMessage[];
  /** Taken away after too many deliveries, or on a receiver's word. */
  readonly deadLetters: readonly KeptMessage[];
  add(kept: KeptMessage): void;
  /** Locks the next message that is free, of one session where the box has them. */
  lockNext(session: string | undefined): Lock | undefined;
  /** Why a lock no longer counts, or `undefined` when the message was settled. */
  settle(lock: Lock, how: "complete" | "abandon" | "dead-letter"): AmqpFault | undefined;
  /** Takes a session for one receiver; without a name the first that has messages and is free. */
  lockSession(wanted: string | undefined): string | undefined;
  /** Frees it, and what was locked with it. */
  freeSession(session: string): void;
  /** Called whenever a message may have become free. */
  readonly waiting: Set<() => void>;
}

export interface BoxOptions {
  readonly requiresSession: boolean;
  readonly lockMs: number;
  readonly maxDeliveries: number;
}

export function createBox(options: BoxOptions, now: () => number): Box {
  const messages: KeptMessage[] = [];
  const deadLetters: KeptMessage[] = [];
  const locks = new Map<KeptMessage, Lock>();
  const delivered = new Map<KeptMessage, number>();
  const sessions = new Set<string>();
  const waiting = new Set<() => void>();

  const isFree = (kept: KeptMessage): boolean => (locks.get(kept)?.until ?? 0) <= now();
  const remove = (kept: KeptMessage): void => void messages.splice(messages.indexOf(kept), 1);
  const wake = (): void => {
    for (const each of waiting) each();
  };

  return {
    requiresSession: options.requiresSession,
    messages,
    deadLetters,
    waiting,
    add(kept) {
      messages.push(kept);
      wake();
    },
    lockNext(session) {
      for (const kept of messages) {
        if (kept.sessionId !== session && options.requiresSession) continue;
        if (!isFree(kept)) continue;
        const deliveryCount = delivered.get(kept) ?? 0;
        if (deliveryCount >= options.maxDeliveries) {
          remove(kept);
          deadLetters.push(kept);
          return this.lockNext(session);
        }
        const lock = { kept, until: now() + options.lockMs, deliveryCount };
        locks.set(kept, lock);
        delivered.set(kept, deliveryCount + 1);
        return lock;
      }
      return undefined;
    },
    settle(lock, how) {
      const { kept } = lock;
      if (locks.get(kept) !== lock || lock.until <= now()) return lockLost();
      locks.delete(kept);
      if (how !== "abandon") remove(kept);
      if (how === "dead-letter") deadLetters.push(kept);
      if (how === "abandon") wake();
      return undefined;
    },
    lockSession(wanted) {
      const free = messages.find(({ sessionId }) => sessionId !== undefined && !sessions.has(sessionId));
      const session = wanted ?? free?.sessionId;
      if (session === undefined || sessions.has(session)) return undefined;
      sessions.add(session);
      return session;
    },
    freeSession(session) {
      sessions.delete(session);
      for (const [kept] of locks) if (kept.sessionId === session) locks.delete(kept);
      wake();
    },
  };
}
