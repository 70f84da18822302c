// Whether records may be pushed to a route: polling says so in the checkpoint, before the first of them.
import type { CheckpointStore } from "./ports.ts";
import type { Instant } from "./records.ts";

export interface PushPermissionDeps {
  readonly store: Pick<CheckpointStore, "load">;
  /** Milliseconds; never steps. */
  monotonicNow(): number;
}

/**
 * From when on the records of a route may be pushed; `undefined` before its first run with push, after one without, and
 * while the route is paused. It is asked of the state, and believed for half a minute: polling reads back once more what an
 * instance sends that has not heard of a change. Throws what the store throws.
 */
export function pushPermission(deps: PushPermissionDeps): (route: string) => Promise<Instant | undefined> {
  const known = new Map<string, { readonly from: Instant | undefined; readonly askedAt: number }>();
  return async (route: string): Promise<Instant | undefined> => {
    const before = known.get(route);
    if (before !== undefined && deps.monotonicNow() - before.askedAt < BELIEVED_MS) return before.from;
    const askedAt = deps.monotonicNow();
    const { pushed, paused } = (await deps.store.load(route))?.checkpoint ?? {};
    const isOpen = paused === undefined && pushed?.offSince === undefined;
    const from = isOpen ? pushed?.from : undefined;
    known.set(route, { from, askedAt });
    return from;
  };
}

const BELIEVED_MS = 30_000;
