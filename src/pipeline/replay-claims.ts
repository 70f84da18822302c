// Letters that a replay before this one had claimed when it ended: what it had sent of them is found out first.
import { BridgeError } from "../errors.ts";
import type { DeadLetterReplayStore, DeadLetterSight } from "./dead-letter-ports.ts";
import type { HubPositions } from "./ports.ts";
import { freshPositions, isReached, type RecoveryDeps } from "./recovery.ts";
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
 * again under the same event ids, with a warning. A reading back that ends early is gone on with by the next replay.
 */
export async function settleClaims(
  letters: readonly DeadLetterSight[],
  deps: ClaimsDeps,
): Promise<readonly DeadLetterSight[]> {
  const claimed = letters.filter(({ claimedBy }) => claimedBy !== undefined);
  const arrived = new Set<string>();
  for (const [hub, group] of Map.groupBy(claimed, ({ positions }) => positions?.hub)) {
    const found = hub === undefined ? undefined : await arrivedOf(group, deps);
    if (found === undefined) deps.warnings.push(cannotTell(deps.route, group.length));
    for (const eventId of found ?? []) arrived.add(eventId);
  }
  for (const { entry } of claimed) {
    if (!arrived.has(entry.eventId)) continue;
    await deps.letters.removeDeadLetter(deps.route, entry.eventId);
    deps.tally.noteAlreadyDelivered();
  }
  return letters.filter(({ entry }) => !arrived.has(entry.eventId));
}

/** `undefined` when the sink does not say. Throws `OUT_OF_TIME` when the time is over before all of it is read. */
async function arrivedOf(
  claimed: readonly DeadLetterSight[],
  deps: ClaimsDeps,
): Promise<ReadonlySet<string> | undefined> {
  const { route, maxBytes, signal } = deps;
  const { readBack } = deps.sink;
  const upTo = await freshPositions(deps);
  if (readBack === undefined || upTo === undefined) return undefined;
  const wanted = new Set(claimed.map(({ entry }) => entry.eventId));
  const arrived = new Set<string>();
  let reached = earliest(claimed.flatMap(({ positions }) => positions ?? []));
  while (reached !== undefined && (reached.hub !== upTo.hub || !isReached(reached, upTo))) {
    const report = await readBack.read({ route, after: reached, upTo, maxBytes, signal });
    deps.warnings.push(...report.unknown);
    for (const eventId of report.found) if (wanted.has(eventId)) arrived.add(eventId);
    const stands = JSON.stringify(report.reached) === JSON.stringify(reached);
    ({ reached } = report);
    if (stands && report.unknown.length > 0) break;
    if (stands || (signal.aborted && !isReached(reached, upTo))) {
      await keepWhatWasLearnt(claimed, arrived, reached, deps);
      throw outOfTime(route);
    }
  }
  return arrived;
}

/** So that the next replay reads on from here. */
async function keepWhatWasLearnt(
  claimed: readonly DeadLetterSight[],
  arrived: ReadonlySet<string>,
  reached: HubPositions,
  { letters, route, owner, tally }: ClaimsDeps,
): Promise<void> {
  for (const letter of claimed) {
    if (arrived.has(letter.entry.eventId)) {
      await letters.removeDeadLetter(route, letter.entry.eventId);
      tally.noteAlreadyDelivered();
    } else await letters.claimDeadLetter(route, letter, owner, reached);
  }
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

function cannotTell(route: string, letters: number): BridgeError {
  return new BridgeError(
    "READ_BACK_DENIED",
    `Route ${route}: ${letters} dead letters were on their way when a replay before this one ended, and what had ` +
      "arrived cannot be read back; they are sent again, with the same event ids",
    {
      fix: "Give the bridge the right to listen on the hub (role Azure Event Hubs Data Receiver, or a policy with Listen).",
    },
  );
}

function outOfTime(route: string): BridgeError {
  return new BridgeError("OUT_OF_TIME", `Route ${route}: the time was over while it read back what had arrived`, {
    fix: "Run the replay again: it reads on from here.",
  });
}
