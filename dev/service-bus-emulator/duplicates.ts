// Duplicate detection: a message id that was seen within the window is taken and dropped.

export interface Duplicates {
  /** True when this id was stored within the window; else it is remembered from now on. */
  seen(messageId: string | undefined): boolean;
}

/** @param windowMs undefined: the entity detects no duplicates. */
export function createDuplicates(windowMs: number | undefined, now: () => number): Duplicates {
  const storedAt = new Map<string, number>();
  return {
    seen(messageId) {
      if (windowMs === undefined || messageId === undefined) return false;
      const before = storedAt.get(messageId);
      if (before !== undefined && now() - before < windowMs) return true;
      storedAt.set(messageId, now());
      return false;
    },
  };
}
