// Letters that a replay before this one had claimed when it ended: what it had sent of them is found out first.
import { BridgeError } from "../errors.ts";
import type { DeadLetterReplayStore, DeadLetterSight } from "./dead-letter-ports.ts";
import type { HubPositions } from "./ports.ts";
import { freshPositions, isReached, notKnown, type RecoveryDeps } from "./recovery.ts";
import type { ReplayTally } from "./replay-tally.ts";

export interface ClaimsDeps extends Omit<RecoveryDeps, "progress" | "ledger"> {
  readonly letters: DeadLetterReplayStore;
  readonly owner: string;
  readonly tally: ReplayTally;
}

/**
 * Gives the letters that are to be sent. A claim names the replay that made it; that one is dead or done, because only
 * the holder of the route's lease sends, and that is us. Whether its events arrived, the sink tells: it is read from the
 * positions noted with the claim on. What is found is removed; the rest is sent, and where the sink cannot tell, sent
 * again under the same event ids, with a warning. A reading back that ends early (`OUT_OF_TIME`) is gone on with by the
 * next replay, up to where it was to end at first: on a busy hub it would never catch up with the end of the hub.
 */
export async function settleClaims(
  letters: readonly DeadLetterSight[],
  deps: ClaimsDeps,
): Promise<readonly DeadLetterSight[]> {
  const open = new Map(letters.map((letter) => [letter.entry.eventId, letter]));
  const groups = Map.groupBy(
    letters.filter(({ claimedBy }) => claimedBy !== undefined),
    ({ positions, upTo }) => JSON.stringify([positions?.hub, upTo]),
  );
  for (const group of groups.values()) {
    const look = await readBackFor(group, deps);
    if (look === undefined) deps.warnings.push(cannotTell(group.length, deps));
    else {
      const { arrived, reached, upTo, done } = look;
      for (const letter of group) {
        const { eventId } = letter.entry;
        if (arrived.has(eventId)) {
          await deps.letters.removeDeadLetter(deps.route, eventId);
          deps.tally.noteAlreadyDelivered();
          open.delete(eventId);
        } else if (!done || groups.size > 1 || deps.signal.aborted) {
          // This replay may end before it has sent it: what was learnt need not be read again.
          const kept = await deps.letters.claimDeadLetter(deps.route, letter, deps.owner, { positions: reached, upTo });
          if (kept !== undefined) open.set(eventId, kept);
        }
      }
      if (!done) throw outOfTime(deps.route);
    }
  }
  return letters.flatMap(({ entry }) => open.get(entry.eventId) ?? []);
}

interface Look {
  readonly arrived: ReadonlySet<string>;
  readonly reached: HubPositions;
  readonly upTo: HubPositions;
  readonly done: boolean;
}

/** For claims that share hub and end. `undefined` when the sink does not say. */
async function readBackFor(claimed: readonly DeadLetterSight[], deps: ClaimsDeps): Promise<Look | undefined> {
  const { route, maxBytes, signal } = deps;
  const { readBack } = deps.sink;
  const first = earliest(claimed.flatMap(({ positions }) => positions ?? []));
  if (readBack === undefined || first === undefined) return undefined;
  const upTo = claimed[0]?.upTo ?? (await freshPositions(deps));
  if (upTo === undefined) return undefined;
  const wanted = new Set(claimed.map(({ entry }) => entry.eventId));
  const arrived = new Set<string>();
  let reached = first;
  while (reached.hub !== upTo.hub || !isReached(reached, upTo)) {
    const report = await readBack.read({ route, after: reached, upTo, maxBytes, signal });
    deps.warnings.push(...report.unknown);
    for (const eventId of report.found) if (wanted.has(eventId)) arrived.add(eventId);
    const stands = JSON.stringify(report.reached) === JSON.stringify(reached);
    ({ reached } = report);
    // What can never be known is told, and not waited for.
    if (stands && report.unknown.length > 0) break;
    if (stands || (signal.aborted && !isReached(reached, upTo))) return { arrived, reached, upTo, done: false };
  }
  return { arrived, reached, upTo, done: true };
}

/** The least position of each partition that all of them know; one that was added since is read from its beginning. */
function earliest(all: readonly HubPositions[]): HubPositions | undefined {
  return all.reduce<HubPositions | undefined>((least, one) => {
    if (least === undefined) return one;
    const both = Object.entries(one.partitions).flatMap(([id, end]): [string, number][] => {
      const other = least.partitions[id];
      return other === undefined ? [] : [[id, Math.min(end, other)]];
    });
    return { hub: one.hub, partitions: Object.fromEntries(both) };
  }, undefined);
}

function cannotTell(letters: number, { route, sink }: ClaimsDeps): BridgeError {
  return notKnown(
    sink,
    `Route ${route}: ${letters} dead letters were on their way when a replay before this one ended`,
  );
}

function outOfTime(route: string): BridgeError {
  return new BridgeError("OUT_OF_TIME", `Route ${route}: the time was over while it read back what had arrived`, {
    fix: "Run the replay again: it reads on from here.",
  });
}
