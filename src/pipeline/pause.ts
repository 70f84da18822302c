// Keeps a route from being served, on an operator's word, until he lets it go on.
import { BridgeError } from "../errors.ts";
import type { Checkpoint, Paused } from "./ports.ts";
import type { Instant } from "./records.ts";
import { underLeaseWhenFree, type LeaseWorkDeps } from "./under-lease.ts";

export interface PauseDeps extends LeaseWorkDeps {
  now(): Instant;
}

export type PauseOutcome =
  /** `wasPaused`: it stood so already, since then and for that reason; nothing was changed. */
  | { readonly kind: "paused"; readonly paused: Paused; readonly wasPaused: boolean; readonly watermark: Instant }
  | { readonly kind: "elsewhere"; readonly owner: string };

export type ResumeOutcome =
  /** `paused` is what ended; absent when the route was not paused. */
  | { readonly kind: "resumed"; readonly paused?: Paused; readonly watermark: Instant }
  | { readonly kind: "elsewhere"; readonly owner: string };

/**
 * Pauses a route. A run that works on it ends first: what it has sent is saved, so that nothing is repeated later.
 * The pause is part of the checkpoint, which each run reads anyway. Throws `PAUSE_REFUSED` without a reason, and what
 * lease and store throw.
 */
export async function pause(
  route: string,
  { by, reason }: Pick<Paused, "by" | "reason">,
  deps: PauseDeps,
): Promise<PauseOutcome> {
  if (reason.trim() === "") {
    throw new BridgeError("PAUSE_REFUSED", `The pause of ${route} has no reason`, {
      fix: "Say in --reason why the route must not be served: those who find it paused will ask.",
    });
  }
  const outcome = await underLeaseWhenFree(route, deps, async (keeper, saved) => {
    const { watermark, paused: before } = saved.checkpoint;
    if (before !== undefined) return { kind: "paused" as const, paused: before, wasPaused: true, watermark };
    const paused = { by: shortened(by), reason: shortened(reason), since: deps.now() };
    const change = { checkpoint: { ...saved.checkpoint, paused }, deadLetters: [] };
    await keeper.save((lease) => deps.store.save(route, change, saved.revision, lease));
    return { kind: "paused" as const, paused, wasPaused: false, watermark };
  });
  return outcome.kind === "done" ? outcome.result : outcome;
}

/** Lets a paused route go on from its watermark, with the next run. Throws what lease and store throw. */
export async function resume(route: string, deps: PauseDeps): Promise<ResumeOutcome> {
  const outcome = await underLeaseWhenFree(route, deps, async (keeper, saved) => {
    const { watermark, paused } = saved.checkpoint;
    if (paused === undefined) return { kind: "resumed" as const, watermark };
    const change = { checkpoint: withoutPause(saved.checkpoint), deadLetters: [] };
    await keeper.save((lease) => deps.store.save(route, change, saved.revision, lease));
    return { kind: "resumed" as const, paused, watermark };
  });
  return outcome.kind === "done" ? outcome.result : outcome;
}

function withoutPause(checkpoint: Checkpoint): Checkpoint {
  const { paused: _, ...served } = checkpoint;
  return served;
}

/** It stands in the checkpoint's one row, and in the summary of each run. */
const MOST_CHARACTERS = 300;

function shortened(text: string): string {
  return text.slice(0, MOST_CHARACTERS).toWellFormed();
}
