// What an operator does by hand: one method here, one file beside it for the work, loaded when it is called.
import type { ByHand, ByHandDeps } from "./by-hand/by-hand.ts";
import type { Route } from "../pipeline/forward-feed.ts";
import type { CheckpointStore, LeaseStore, RouteIndex } from "../pipeline/ports.ts";
import type { Window } from "../pipeline/records.ts";
import type { ReplayDeps, ReplayOutcome } from "../pipeline/replay.ts";
import type { SkipGapOutcome } from "../pipeline/skip-gap.ts";
import type { Discovery } from "./discover.ts";
import type { Check } from "./doctor/checklist.ts";
import type { Under } from "./doctor/doctor.ts";
import type { Overview } from "./overview.ts";
import type { PreviewReport, PreviewRequest } from "./preview.ts";
import type { StatusReport } from "./status.ts";
import { limited, withinTime, type WithinDeps } from "./within-time.ts";

export interface Operations {
  /** See `replayDeadLetters` for what it resolves with. Throws `ROUTE_UNKNOWN`. */
  replayDeadLetters(route: string): Promise<ReplayOutcome>;
  /** See `skipGap`. Throws every expected failure. */
  skipGap(route: string, part: string | undefined, window: Window, reason: string): Promise<SkipGapOutcome>;
  /** Every route as it stands. Changes nothing. Throws the failures of the state table. */
  status(): Promise<StatusReport>;
  /** See `overviewOf`: the status and what stands behind it. Reads only. */
  overview(): Promise<Overview>;
  /** See `examine`. Each check is told as it is known. */
  doctor(tell: (check: Check) => void): Promise<readonly Check[]>;
  /** See `discover`. Reads only. */
  discover(tell: (doing: string) => void): Promise<Discovery>;
  /** See `preview`. Sends nothing, saves nothing. */
  preview(request: PreviewRequest, tell: (read: number) => void): Promise<PreviewReport>;
  /** What an operator does to routes by hand; see there. */
  byHand(): Promise<ByHand>;
}

export interface OperationDeps extends ByHandDeps, Omit<ReplayDeps, "reading" | "sending">, WithinDeps {
  /** The state, for those who only look: nothing is created when it is missing. */
  readonly sight: StateSight;
  readonly routeIndex: RouteIndex;
  /** NCRONTAB. */
  readonly schedule: string;
  /** What stands under the routes. */
  readonly under: Under;
  /** How long one run may take. */
  readonly timeBudgetMs: number;
}

/** What can be seen of the state without changing it. */
export type StateSight = Pick<CheckpointStore, "load" | "listRuns" | "readLedger"> & Pick<LeaseStore, "look">;

export function createOperations(routes: readonly Route[], deps: OperationDeps): Operations {
  return {
    async replayDeadLetters(name) {
      const { replayLetters } = await import("./replay-dead-letters.ts");
      return withinTime(routes, name, deps, (route, signals) => replayLetters(route, signals, deps));
    },
    async skipGap(name, part, window, reason) {
      const { skipGap } = await import("../pipeline/skip-gap.ts");
      return withinTime(routes, name, deps, (route, signals) =>
        skipGap(route, part, window, reason, { ...deps, ...signals }),
      );
    },
    async doctor(tell) {
      const { examine } = await import("./doctor/doctor.ts");
      return limited(deps, (signal) => examine(routes, { ...deps, signal }, tell));
    },
    async discover(tell) {
      const { discover } = await import("./discover.ts");
      return limited(deps, (signal) => discover({ ...deps, signal }, tell));
    },
    async preview(request, tell) {
      const { preview } = await import("./preview.ts");
      return limited(deps, (signal) => preview(routes, request, { ...deps, signal }, tell));
    },
    async byHand() {
      const { createByHand } = await import("./by-hand/by-hand.ts");
      return createByHand(routes, deps);
    },
    async status() {
      const { statusOfRoutes } = await import("./status.ts");
      return statusOfRoutes(routes, deps);
    },
    async overview() {
      const { overviewOf } = await import("./overview.ts");
      return limited(deps, (signal) => overviewOf(routes, { ...deps, signal }));
    },
  };
}
