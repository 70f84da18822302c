// A list of faults waiting to strike.

export interface FaultScope {
  readonly hub?: string;
  readonly partition?: string;
  /** How often it strikes; without it, until cleared. */
  readonly times?: number;
  /** How many matching occasions pass unharmed first. */
  readonly after?: number;
}

/** A fault that was asked for. */
export interface Fault {
  /** How often it struck. */
  readonly hits: number;
  /** Resolves once it has struck so often (default once). */
  whenHit(times?: number): Promise<void>;
  clear(): void;
}

export interface Occasion {
  readonly hub?: string;
  readonly partition?: string;
}

export interface Rules<T> {
  add(effect: T, scope?: FaultScope): Fault;
  /** The effect of the first fault that strikes here, counted. */
  take(where: Occasion, fits?: (effect: T) => boolean): T | undefined;
  /** The effect in force here, without using it up. */
  peek(where: Occasion): T | undefined;
  clear(): void;
}

export function createRules<T>(): Rules<T> {
  const rules = new Set<{
    readonly effect: T;
    readonly scope: FaultScope;
    passed: number;
    strike(): void;
    hits: number;
  }>();
  return {
    add(effect, scope = {}) {
      const waiting = new Set<{ times: number; resolve: () => void }>();
      const rule = {
        effect,
        scope,
        passed: 0,
        hits: 0,
        strike() {
          rule.hits++;
          if (rule.hits >= (scope.times ?? Number.POSITIVE_INFINITY)) rules.delete(rule);
          for (const waiter of waiting) if (rule.hits >= waiter.times) waiter.resolve();
        },
      };
      rules.add(rule);
      return {
        get hits() {
          return rule.hits;
        },
        whenHit(times = 1) {
          if (rule.hits >= times) return Promise.resolve();
          return new Promise((resolve) => void waiting.add({ times, resolve }));
        },
        clear: () => void rules.delete(rule),
      };
    },
    take(where, fits = () => true) {
      for (const rule of rules) {
        if (!covers(rule.scope, where) || !fits(rule.effect)) continue;
        if (rule.passed < (rule.scope.after ?? 0)) {
          rule.passed++;
          continue;
        }
        rule.strike();
        return rule.effect;
      }
      return undefined;
    },
    peek(where) {
      for (const rule of rules) if (covers(rule.scope, where)) return rule.effect;
      return undefined;
    },
    clear: () => rules.clear(),
  };
}

function covers(scope: FaultScope, where: Occasion): boolean {
  return (
    (scope.hub === undefined || scope.hub.toLowerCase() === where.hub?.toLowerCase()) &&
    (scope.partition === undefined || scope.partition === where.partition)
  );
}
