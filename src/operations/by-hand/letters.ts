// Dead letters as an operator sees them: listed, shown, and dropped with a record of who did it and why.
import type { DeadLetterReplayStore, DeadLetterSight } from "../../pipeline/dead-letter-ports.ts";
import { underLease, type LeaseWorkDeps } from "../../pipeline/under-lease.ts";
import { isoText } from "../../pipeline/windows.ts";
import type { RunTime } from "../../pipeline/forward-all.ts";
import { noteAct, type NoteDeps } from "./note-act.ts";

export interface ListedLetter {
  readonly eventId: string;
  readonly route: string;
  readonly reason: string;
  readonly bytes: number;
  /** When it was noted. ISO 8601, as all times here. */
  readonly at: string;
  readonly recType?: string;
  readonly recordKey?: string;
  /** Of the record itself. */
  readonly time?: string;
  /** A replay works on it, or died while it did. */
  readonly claimedBy?: string;
}

export interface Letter extends ListedLetter {
  /** Absent when it is gone from the container. */
  readonly body?: Uint8Array;
}

export type Dropped =
  | { readonly kind: "dropped"; readonly eventId: string; readonly route: string }
  /** A run or a replay has the route: nothing of it was dropped. */
  | { readonly kind: "elsewhere"; readonly eventId: string; readonly route: string; readonly owner: string };

export interface LetterDeps extends Omit<LeaseWorkDeps, "reading">, NoteDeps {
  readonly letters: DeadLetterReplayStore;
  readonly time: RunTime;
  readonly store: LeaseWorkDeps["store"];
}

export async function listLetters(
  routes: readonly string[],
  { letters }: Pick<LetterDeps, "letters">,
): Promise<readonly ListedLetter[]> {
  const all: ListedLetter[] = [];
  for (const route of routes) for await (const sight of letters.listDeadLetters(route)) all.push(listed(route, sight));
  return all;
}

export async function showLetter(
  eventId: string,
  routes: readonly string[],
  deps: Pick<LetterDeps, "letters">,
): Promise<Letter | undefined> {
  const found = (await listLetters(routes, deps)).find((letter) => letter.eventId === eventId);
  if (found === undefined) return undefined;
  const body = await deps.letters.readDeadLetter(found.route, eventId);
  return { ...found, ...(body === undefined ? {} : { body }) };
}

/** The record first: what cannot be recorded is not dropped. Under the lease, so that no replay sends it meanwhile. */
export async function dropLetters(
  letters: readonly ListedLetter[],
  { reason, by }: { readonly reason: string; readonly by: string },
  deps: LetterDeps,
): Promise<readonly Dropped[]> {
  const dropped: Dropped[] = [];
  for (const [route, own] of Map.groupBy(letters, (letter) => letter.route)) {
    const timer = deps.time.after(deps.time.timeLeftMs());
    try {
      const outcome = await underLease(route, { ...deps, reading: timer.signal }, async () => {
        const eventIds = own.map(({ eventId }) => eventId);
        await noteAct(route, { operation: "drop-dead-letters", by, reason, count: own.length, eventIds }, deps);
        for (const eventId of eventIds) await deps.letters.removeDeadLetter(route, eventId);
      });
      for (const { eventId } of own) {
        dropped.push(
          outcome.kind === "done"
            ? { kind: "dropped", eventId, route }
            : { kind: "elsewhere", eventId, route, owner: outcome.owner },
        );
      }
    } finally {
      timer.cancel();
    }
  }
  return dropped;
}

function listed(route: string, { entry, claimedBy }: DeadLetterSight): ListedLetter {
  const { eventId, reason, bytes, at, recType, recordKey, identity } = entry;
  return {
    eventId,
    route,
    reason,
    bytes,
    at: isoText(at),
    ...(recType === undefined ? {} : { recType }),
    ...(recordKey === undefined ? {} : { recordKey }),
    ...(identity === undefined ? {} : { time: isoText(identity.time) }),
    ...(claimedBy === undefined ? {} : { claimedBy }),
  };
}
