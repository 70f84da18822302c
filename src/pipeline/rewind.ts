// Sets a route back, on an operator's word: what was read is read again, and sent again where the ledger ends.
import { BridgeError } from "../errors.ts";
import type { Route } from "./forward-feed.ts";
import type { Checkpoint } from "./ports.ts";
import { doneTo } from "./reading-plan.ts";
import type { Instant, Window } from "./records.ts";
import { underLease, type LeaseWorkDeps } from "./under-lease.ts";
import { describeWindow, isoText } from "./windows.ts";

/** What setting a route back to a time would do. All spans are half-open; absent where they would be empty. */
export interface RewindPlan {
  readonly to: Instant;
  readonly watermark: Instant;
  /** What is read again, of the part that has come furthest. */
  readonly again: Window;
  /** Of that, what the ledger covers: known records of it are not sent again. */
  readonly covered?: Window;
  /** Of that, what the ledger covers no more: each record of it is sent again, under the event id it had. */
  readonly repeated?: Window;
  /** Spans in between that an operator gave up: they stay so. */
  readonly gaps: number;
}

export type RewindOutcome =
  | { readonly kind: "rewound"; readonly plan: RewindPlan; readonly watermark: Instant }
  | { readonly kind: "elsewhere"; readonly owner: string };

/** Throws `REWIND_REFUSED` where there is nothing to read again, or where the route did not begin yet. */
export function planRewind(route: string, checkpoint: Checkpoint, to: Instant): RewindPlan {
  const { start, watermark, coveredFrom, gaps = [] } = checkpoint;
  const refused = (why: string, fix: string): BridgeError =>
    new BridgeError("REWIND_REFUSED", `Route ${route} cannot be set back to ${isoText(to)}: ${why}`, { fix });
  const furthest = Math.max(watermark, ...Object.keys(checkpoint.parts).map((part) => doneTo(checkpoint, part)));
  if (to >= furthest) {
    throw refused(
      `it stands at ${isoText(watermark)}`,
      "There is nothing to read again. To leave something out, use skip-window.",
    );
  }
  if (to < start) {
    throw refused(`it begins at ${isoText(start)}`, "Use backfill for what lies before: it has a progress of its own.");
  }
  const again = { from: to, to: furthest };
  return {
    to,
    watermark,
    again,
    ...(coveredFrom < furthest ? { covered: { from: Math.max(to, coveredFrom), to: furthest } } : {}),
    ...(to < coveredFrom ? { repeated: { from: to, to: Math.min(coveredFrom, furthest) } } : {}),
    gaps: gaps.filter((gap) => gap.to > to && gap.from < furthest).length,
  };
}

/**
 * The checkpoint set back. Each part that has come further stands at the time again. What is then delivered is noted in
 * the ledger as ever, so that this covers everything from there on.
 */
export function rewound(checkpoint: Checkpoint, to: Instant): Checkpoint {
  const parts = Object.fromEntries(
    Object.entries(checkpoint.parts).map(([part, progress]) => {
      // Where a later reading had come to tells nothing of an earlier one.
      const { hint: _, ...back } = progress;
      return [part, { ...back, doneTo: Math.min(progress.doneTo, to) }];
    }),
  );
  const lookback = Object.fromEntries(
    Object.entries(checkpoint.lookback).flatMap(([part, owed]): [string, Window][] =>
      owed.from < to ? [[part, { from: owed.from, to: Math.min(owed.to, to) }]] : [],
    ),
  );
  return {
    ...checkpoint,
    parts,
    lookback,
    watermark: Math.min(checkpoint.watermark, to),
    coveredFrom: Math.min(checkpoint.coveredFrom, to),
  };
}

/**
 * Sets a route back under its lease. `agreed` is the plan that the operator said yes to: when a run or another hand
 * moved the ledger in between, so that more would be repeated, nothing is done (`REWIND_REFUSED`). Throws what
 * `planRewind`, lease and store throw.
 */
export async function rewind(
  route: Pick<Route, "name">,
  agreed: RewindPlan,
  deps: LeaseWorkDeps,
): Promise<RewindOutcome> {
  const outcome = await underLease(route.name, deps, async (keeper, saved) => {
    const plan = planRewind(route.name, saved.checkpoint, agreed.to);
    if ((plan.repeated?.to ?? plan.to) > (agreed.repeated?.to ?? plan.to)) throw moved(route.name, plan);
    const change = { checkpoint: rewound(saved.checkpoint, plan.to), deadLetters: [] };
    const after = await keeper.save((lease) => deps.store.save(route.name, change, saved.revision, lease));
    return { kind: "rewound" as const, plan, watermark: after.checkpoint.watermark };
  });
  return outcome.kind === "done" ? outcome.result : outcome;
}

function moved(route: string, { repeated, again }: RewindPlan): BridgeError {
  return new BridgeError(
    "REWIND_REFUSED",
    `Route ${route} was saved since you were asked: the ledger ends later now, and ${describeWindow(repeated ?? again)} would be sent again`,
    { fix: "Run the command again and look at what it says." },
  );
}
