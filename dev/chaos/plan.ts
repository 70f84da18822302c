// What happens to one run, drawn from the seed: when it is killed, how late the hub answers, which sockets fail.
import { roll, rollBetween } from "../microshare-simulator/prng.ts";

export type KillMoment =
  /** So long after the hub has received the transfer with this number in the run. */
  | { readonly kind: "after a transfer"; readonly transfer: number; readonly afterMs: number }
  /** So long after the timer fired. */
  | { readonly kind: "any time"; readonly afterMs: number };

export interface SocketFault {
  readonly where: "api" | "storage" | "hub";
  readonly what: "cut" | "answers delayed" | "answers lost";
  /** Since the timer fired. */
  readonly afterMs: number;
  readonly lastsMs: number;
}

/** One transfer of the run that the hub takes and stores only later. */
export interface StoredLate {
  readonly transfer: number;
  readonly storeAfterMs: number;
}

export interface Draws {
  kill(number: number, attempt: number, afterKill: boolean): KillMoment;
  socketFaults(attempt: number, afterKill: boolean): readonly SocketFault[];
  /** How long after storing a transfer the hub says so. */
  answerAfterMs(attempt: number, transfer: number): number;
  storedLate(attempt: number): StoredLate | undefined;
  /** True for a run that is let through. */
  letThrough(attempt: number): boolean;
}

/** Longer than any run without trouble takes. */
const PLAIN_RUN_MS = 2_500;
/** What a run after a kill waits for: the dead lease (12 s), then the last sends (18 s); then its own work. */
const RUN_AFTER_KILL_MS = 33_000;
/** Below SEND_TIMEOUT: the app is still waiting for the answer. */
const MAX_ANSWER_MS = 1_500;
/** A transfer that is stored after its sender has died, within the time that reading back waits. */
export const MAX_STORE_MS = 8_000;

export function drawFrom(seed: number, world: string): Draws {
  const chance = (...what: (number | string)[]): number => roll(seed, world, ...what);
  const between = (least: number, most: number, ...what: (number | string)[]): number =>
    rollBetween(least, most, seed, world, ...what);
  function answerAfterMs(attempt: number, transfer: number): number {
    const longestMs = chance(attempt, transfer, "answer") < 0.25 ? 20 : MAX_ANSWER_MS;
    return between(0, longestMs, attempt, transfer, "answer after");
  }

  return {
    kill(number, attempt, afterKill) {
      // Of three kills in a row two are tied to a transfer: by time alone few would fall into so short a span.
      const byTime = Math.floor(roll(seed, Math.floor(number / 3), "which of three") * 3);
      if (number % 3 !== byTime) {
        const transfer = between(1, 6, attempt, "transfer");
        // A little beyond the answer: the moment between the answer and the checkpoint is a dangerous one too.
        const afterMs = 1.1 * chance(attempt, "after transfer") * answerAfterMs(attempt, transfer);
        return { kind: "after a transfer", transfer, afterMs: Math.floor(afterMs) };
      }
      const spanMs = afterKill && chance(attempt, "span") < 0.5 ? RUN_AFTER_KILL_MS : PLAIN_RUN_MS;
      return { kind: "any time", afterMs: between(0, spanMs, attempt, "kill") };
    },
    socketFaults(attempt, afterKill) {
      const count = chance(attempt, "sockets") < 0.5 ? between(1, 2, attempt, "sockets how many") : 0;
      return Array.from({ length: count }, (_, index): SocketFault => {
        const one = [attempt, "socket", index];
        const where = (["api", "storage", "hub"] as const)[between(0, 2, ...one, "where")] ?? "hub";
        const what = (["cut", "answers delayed", "answers lost"] as const)[between(0, 2, ...one, "what")] ?? "cut";
        const afterMs = between(0, afterKill ? RUN_AFTER_KILL_MS : PLAIN_RUN_MS, ...one, "after");
        return { where, what, afterMs, lastsMs: between(200, 1_500, ...one, "lasts") };
      });
    },
    answerAfterMs,
    storedLate(attempt) {
      if (chance(attempt, "stored late") >= 0.3) return undefined;
      const storeAfterMs = between(500, MAX_STORE_MS, attempt, "store after");
      return { transfer: between(1, 6, attempt, "stored late, which"), storeAfterMs };
    },
    letThrough: (attempt) => chance(attempt, "let through") < 0.4,
  };
}
