// Remembers for a while what this instance has confirmed, so that a repeat is answered without being sent again.
import type { Answer } from "./contract.ts";

export interface AnsweredBefore {
  /**
   * Runs `work` unless the same id is under way or was confirmed: then its answer is given once more. `undefined` when the
   * id was used for something else. What failed is forgotten: a repeat tries again.
   * @param fingerprint of what was asked
   */
  answer(id: string, fingerprint: string, work: () => Promise<Answer>): Promise<Answer | undefined>;
}

export interface MemoryTerms {
  readonly keepMs: number;
  /** Of ids kept; the oldest go first. */
  readonly most: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
}

interface Remembered {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  /** Absent while it is under way. */
  readonly until?: number;
}

export const REPLAYED_HEADER = "idempotency-replayed";

export function createAnsweredBefore({ keepMs, most, now }: MemoryTerms): AnsweredBefore {
  const remembered = new Map<string, Remembered>();

  function forgetOld(): void {
    const at = now();
    for (const [id, { until }] of remembered) {
      // In the order in which they were confirmed, with those under way between.
      if (until === undefined) continue;
      if (until > at && remembered.size <= most) return;
      remembered.delete(id);
    }
  }

  async function first(id: string, fingerprint: string, work: () => Promise<Answer>): Promise<Answer> {
    const answer = work();
    remembered.set(id, { fingerprint, answer });
    try {
      const given = await answer;
      remembered.delete(id);
      if (given.status < 300) remembered.set(id, { fingerprint, answer, until: now() + keepMs });
      return given;
    } catch (bug) {
      remembered.delete(id);
      throw bug;
    }
  }

  return {
    async answer(id, fingerprint, work) {
      forgetOld();
      const known = remembered.get(id);
      if (known === undefined) return first(id, fingerprint, work);
      if (known.fingerprint !== fingerprint) return undefined;
      const given = await known.answer;
      return given.status < 300 ? { ...given, headers: { ...given.headers, [REPLAYED_HEADER]: "true" } } : given;
    },
  };
}
