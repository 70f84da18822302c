// What an operator does to routes by hand, each act noted in the run history of its route.
import { BridgeError } from "../../errors.ts";
import {
  backfill,
  lookAtBackfill,
  type BackfillDeps,
  type BackfillOutcome,
  type BackfillPace,
  type BackfillSight,
} from "../../pipeline/backfill.ts";
import type { BackfillPlan, BackfillRequest } from "../../pipeline/backfill-plan.ts";
import type { BackfillStore } from "../../pipeline/backfill-ports.ts";
import type { Route } from "../../pipeline/forward-feed.ts";
import { pause, resume, type PauseOutcome, type ResumeOutcome } from "../../pipeline/pause.ts";
import type { DeadLetterStore } from "../../pipeline/ports.ts";
import type { Instant, Window } from "../../pipeline/records.ts";
import { planRewind, rewind, type RewindOutcome, type RewindPlan } from "../../pipeline/rewind.ts";
import { skipGap, type SkipGapOutcome } from "../../pipeline/skip-gap.ts";
import { isoText } from "../../pipeline/windows.ts";
import type { DeadLetterBodies } from "../../state/dead-letter-replay.ts";
import { cleanError } from "../../telemetry/clean-error.ts";
import type { OperationDeps } from "../operations.ts";
import { withinTime } from "../within-time.ts";
import { checkState, type StateReport } from "./check-state.ts";
import { dropLetters, listLetters, showLetter, type Dropped, type Letter, type ListedLetter } from "./letters.ts";
import { noteAct } from "./note-act.ts";

/** Who does it, for the run history. */
export interface Hand {
  readonly by: string;
}

/** Each throws `ROUTE_UNKNOWN` for a route that the settings do not name, and every expected failure. */
export interface ByHand {
  readonly routes: readonly Pick<Route, "name" | "feed">[];
  pause(route: string, reason: string, hand: Hand): Promise<PauseOutcome>;
  resume(route: string, hand: Hand): Promise<ResumeOutcome>;
  planRewind(route: string, to: Instant): Promise<RewindPlan>;
  rewind(route: string, agreed: RewindPlan, hand: Hand): Promise<RewindOutcome>;
  skipWindow(
    route: string,
    part: string | undefined,
    window: Window,
    reason: string,
    hand: Hand,
  ): Promise<SkipGapOutcome>;
  /** Of one route, or of all. */
  letters(route?: string): Promise<readonly ListedLetter[]>;
  /** `undefined` for an event id that no route has a dead letter of. */
  letter(eventId: string, route?: string): Promise<Letter | undefined>;
  dropLetters(letters: readonly ListedLetter[], reason: string, hand: Hand): Promise<readonly Dropped[]>;
  planBackfill(route: string, request: BackfillRequest): Promise<BackfillPlan>;
  backfill(route: string, request: BackfillRequest, terms: BackfillTerms): Promise<BackfillOutcome>;
  checkState(): Promise<StateReport>;
}

export interface BackfillTerms extends Hand {
  readonly pace: BackfillPace;
  readonly stop: AbortSignal;
  readonly onTurn?: (sight: BackfillSight) => void;
}

/** What these need beside the deps of the others. */
export interface ByHandDeps extends Pick<BackfillDeps, "inFlight"> {
  readonly deadLetters: DeadLetterStore;
  readonly bodies: Pick<DeadLetterBodies, "list">;
  readonly book: BackfillStore;
  readonly sliceMaxBytes: number;
}

export function createByHand(routes: readonly Route[], deps: OperationDeps): ByHand {
  const never = new AbortController().signal;

  async function cleanly<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof BridgeError ? cleanError(error, deps.redact) : error;
    }
  }

  /** Notes what was done, and only that: an act that found the route in other hands changed nothing. */
  async function noted<Outcome extends { readonly kind: string }>(
    route: string,
    act: Readonly<Record<string, unknown>> & { readonly operation: string },
    outcome: Outcome,
  ): Promise<Outcome> {
    if (outcome.kind !== "elsewhere") await noteAct(route, act, deps);
    return outcome;
  }

  return {
    routes: routes.map(({ name, feed }) => ({ name, feed })),
    async pause(name, reason, { by }) {
      const outcome = await withinTime(routes, name, deps, (route, signals) =>
        pause(route.name, { by, reason }, { ...deps, ...signals }),
      );
      if (outcome.kind === "paused" && outcome.wasPaused) return outcome;
      return noted(name, { operation: "pause", by, reason }, outcome);
    },
    async resume(name, { by }) {
      const outcome = await withinTime(routes, name, deps, (route, signals) =>
        resume(route.name, { ...deps, ...signals }),
      );
      if (outcome.kind === "resumed" && outcome.paused === undefined) return outcome;
      return noted(name, { operation: "resume", by }, outcome);
    },
    planRewind: (name, to) =>
      withinTime(routes, name, deps, async (route) => {
        const saved = await deps.sight.load(route.name);
        if (saved === undefined) throw neverRan(route.name);
        return planRewind(route.name, saved.checkpoint, to);
      }),
    async rewind(name, agreed, { by }) {
      const outcome = await withinTime(routes, name, deps, (route, signals) =>
        rewind(route, agreed, { ...deps, ...signals }),
      );
      const { to, watermark } = agreed;
      return noted(name, { operation: "rewind", by, from: isoText(watermark), to: isoText(to) }, outcome);
    },
    async skipWindow(name, part, window, reason, { by }) {
      const outcome = await withinTime(routes, name, deps, (route, signals) =>
        skipGap(route, part, window, reason, { ...deps, ...signals }),
      );
      const span = { from: isoText(window.from), to: isoText(window.to) };
      return noted(name, { operation: "skip-window", by, reason, ...span }, outcome);
    },
    letters: (name) => cleanly(() => listLetters(namesOf(routes, name), deps)),
    letter: (eventId, name) => cleanly(() => showLetter(eventId, namesOf(routes, name), deps)),
    dropLetters: (letters, reason, { by }) => cleanly(() => dropLetters(letters, { reason, by }, deps)),
    planBackfill: (name, request) =>
      cleanly(() =>
        lookAtBackfill(routeOf(routes, name), request, { ...deps, store: { ...deps.store, ...deps.sight } }, never),
      ),
    async backfill(name, request, { by, pace, stop, onTurn }) {
      const work = { ...deps, pace, stop, ...(onTurn === undefined ? {} : { onTurn }) };
      const outcome = await cleanly(() => backfill(routeOf(routes, name), request, work));
      const warnings = outcome.warnings.map((warning) => cleanError(warning, deps.redact));
      const clean = outcome.kind === "blocked" ? { error: cleanError(outcome.error, deps.redact) } : {};
      if (outcome.kind === "nothing-to-do") return outcome;
      const span = { from: isoText(request.from), to: isoText(request.to), again: request.again };
      const { delivered } = outcome.totals;
      const act = { operation: "backfill", by, ...span, ended: outcome.kind, backfilled: delivered };
      return noted(name, act, { ...outcome, ...clean, warnings });
    },
    checkState: () => cleanly(() => checkState(routes, deps)),
  };
}

function namesOf(routes: readonly Route[], name: string | undefined): readonly string[] {
  return name === undefined ? routes.map((route) => route.name) : [routeOf(routes, name).name];
}

function routeOf(routes: readonly Route[], name: string): Route {
  const route = routes.find((one) => one.name === name);
  if (route !== undefined) return route;
  throw new BridgeError("ROUTE_UNKNOWN", `There is no route ${JSON.stringify(name)}`, {
    fix: `Name one of these: ${routes.map((one) => one.name).join(", ")}.`,
  });
}

function neverRan(route: string): BridgeError {
  return new BridgeError("ROUTE_UNKNOWN", `Route ${route} has no saved progress`, {
    fix: "There is nothing to set back: let it run once (bridge run-now).",
  });
}
