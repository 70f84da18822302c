// Reads the sink back for what was pushed since the last run, so that polling does not send it again.
import { BridgeError } from "../errors.ts";
import type { HubPositions, ReadBack } from "./ports.ts";
import { PUSH_GAP_MS, PUSH_SETTLE_MS, type PushPlan } from "./push-terms.ts";
import type { Pushed } from "./push-ports.ts";
import { withoutPushed } from "./progress.ts";
import { freshPositions, notKnown, outOfTime, remember, type RecoveryDeps } from "./recovery.ts";

/**
 * Before the first send of a run: everything that a push brought up to now is in the ledger afterwards, or nothing is sent.
 * The first run with push only notes where the sink ends, and from when on records may be pushed. Resolves with how many
 * events were found that the ledger did not know.
 *
 * Saved is what was reached with the run's next save, which is before its first send; a reading that takes several runs
 * is saved at once (`OUT_OF_TIME`) and gone on with to the end that it had set out for, whatever others add to the hub
 * meanwhile. Throws `PUSH_NOT_SAFE` where the sink cannot say what was pushed, for want of a right or because another
 * reader has it: the route then sends nothing. What is gone for good (hub created anew, events expired) is a warning.
 */
export async function readBackPushed(deps: RecoveryDeps, plan: PushPlan): Promise<number> {
  const { readBack } = deps.sink;
  const { pushed } = deps.progress.checkpoint;
  if (readBack === undefined) return withoutReadBack(deps, plan);
  if (pushed === undefined) {
    await allowPush(readBack, deps, plan);
    return 0;
  }
  const upTo = pushed.reading?.upTo ?? (await positionsNow(deps, plan));
  if (upTo === undefined) {
    forget(deps);
    return 0;
  }
  const { found, reached } = await readUpTo(upTo, pushed.positions, readBack, deps, plan);
  if (!isAt(reached, upTo)) {
    keep(deps, { ...pushed, positions: reached, reading: { upTo, at: plan.readAt } });
    await deps.progress.save();
    throw outOfTime(deps);
  }
  const { reading: _, offSince, ...kept } = pushed;
  const reachedEnd = { ...kept, positions: upTo, from: Math.max(pushed.from, plan.end) };
  if (plan.isOn) keep(deps, reachedEnd);
  else if (offSince !== undefined && plan.readAt - offSince >= PUSH_SETTLE_MS) forget(deps);
  else await keepOff(deps, { ...reachedEnd, offSince: offSince ?? plan.now });
  return found;
}

/** Saved at once: an instance with the old settings pushes until it has heard of it, and that is read back once more. */
async function keepOff(deps: RecoveryDeps, pushed: Pushed): Promise<void> {
  const isNew = deps.progress.checkpoint.pushed?.offSince === undefined;
  keep(deps, pushed);
  if (isNew) await deps.progress.save();
}

/**
 * From now on records may be pushed: those that are newer than anything that was sent before, by whatever clock. The right
 * to read is tried out now: it would be missed only when something was pushed already.
 */
async function allowPush(readBack: ReadBack, deps: RecoveryDeps, plan: PushPlan): Promise<void> {
  const positions = await positionsNow(deps, plan);
  if (positions === undefined) return;
  const lastOfEach = Object.entries(positions.partitions).map(([id, end]) => [id, Math.max(-1, end - 1)]);
  const after: HubPositions = { hub: positions.hub, partitions: Object.fromEntries(lastOfEach) };
  const { route, maxBytes, signal } = deps;
  const { unknown } = await readBack.read({ route, after, upTo: positions, maxBytes, signal });
  throwRefusal(unknown, deps, plan);
  const from = Math.max(plan.readAt + PUSH_GAP_MS, deps.progress.checkpoint.start);
  keep(deps, { positions, from });
}

async function readUpTo(
  upTo: HubPositions,
  from: HubPositions,
  readBack: ReadBack,
  deps: RecoveryDeps,
  plan: PushPlan,
): Promise<{ readonly found: number; readonly reached: HubPositions }> {
  const { route, maxBytes, signal } = deps;
  let reached = from;
  let found = 0;
  while (!isAt(reached, upTo) && !signal.aborted) {
    const report = await readBack.read({ route, after: reached, upTo, maxBytes, signal });
    found += remember(report.found, deps);
    throwRefusal(report.unknown, deps, plan);
    deps.warnings.push(...report.unknown);
    const stands = JSON.stringify(report.reached) === JSON.stringify(reached);
    ({ reached } = report);
    if (stands) break;
  }
  return { found, reached };
}

/** Where the sink ends now; while push is on, a sink that does not say stops the route. */
async function positionsNow(deps: RecoveryDeps, plan: PushPlan): Promise<HubPositions | undefined> {
  const warnings: BridgeError[] = [];
  const positions = await freshPositions({ ...deps, warnings });
  throwRefusal(warnings, deps, plan);
  deps.warnings.push(...warnings);
  return positions;
}

/** When push is off, nobody can be asked to wait for a right that is only needed for it. */
function throwRefusal(unknown: readonly BridgeError[], deps: RecoveryDeps, { isOn }: PushPlan): void {
  const refusal = unknown.find(({ code }) => code === "READ_BACK_DENIED" || code === "READ_BACK_REFUSED");
  if (refusal !== undefined && isOn) throw notSafe(deps, refusal);
}

function withoutReadBack(deps: RecoveryDeps, { isOn }: PushPlan): number {
  const reason = notKnown(deps.sink, `Route ${deps.route}: records were pushed to it`);
  if (isOn) throw notSafe(deps, reason);
  deps.warnings.push(reason);
  forget(deps);
  return 0;
}

function keep({ progress }: RecoveryDeps, pushed: Pushed): void {
  progress.update((checkpoint) => ({ ...checkpoint, pushed }));
}

function forget({ progress }: RecoveryDeps): void {
  progress.update(withoutPushed);
}

/** Not merely behind it: a hub created anew, or a partition that went back, has to be read. */
function isAt(reached: HubPositions, upTo: HubPositions): boolean {
  return (
    reached.hub === upTo.hub && Object.entries(upTo.partitions).every(([id, end]) => reached.partitions[id] === end)
  );
}

function notSafe({ route }: RecoveryDeps, cause: BridgeError): BridgeError {
  return new BridgeError(
    "PUSH_NOT_SAFE",
    `Route ${route}: push is on, and the sink does not tell what was pushed, so nothing is sent that could be a repeat ` +
      `(${cause.message})`,
    { fix: `${cause.fix} Or set push to false for the feed: polling alone then goes on.`, cause },
  );
}
