// npm run skip-gap -- --route R [--part P] --from T --to T --reason "...": gives up a span that cannot be read.
import { parseArgs } from "node:util";
import { BridgeError } from "../src/errors.ts";
import type { Operations } from "../src/operations/operations.ts";
import type { Window } from "../src/pipeline/records.ts";
import { describeWindow, isoText } from "../src/pipeline/windows.ts";
import { operate, operatorEnvironment, type Report } from "./operation.ts";

const text = { type: "string" } as const;
const options = { route: text, part: text, from: text, to: text, reason: text };

export interface GapArguments {
  readonly route: string;
  readonly part?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const { route, part, from, to, reason } = values;
  if (route === undefined || from === undefined || to === undefined || reason === undefined) {
    process.stderr.write(
      'Usage: npm run skip-gap -- --route default@event-hub [--part "North Tower"] ' +
        '--from 2026-03-01T08:00:00.000Z --to 2026-03-01T08:00:00.001Z --reason "more records than the view shows"\n',
    );
    return 2;
  }
  const gap = { route, part, from, to, reason };
  return operate("skip-gap", operatorEnvironment, (operations) => skip(operations, gap));
}

/** Throws `GAP_REFUSED` for times that are none, and what `Operations.skipGap` throws. */
export async function skip(operations: Operations, { route, part, from, to, reason }: GapArguments): Promise<Report> {
  const window: Window = { from: instant("--from", from), to: instant("--to", to) };
  const outcome = await operations.skipGap(route, part, window, reason);
  if (outcome.kind === "elsewhere") return { route, outcome: outcome.kind, owner: outcome.owner };
  const { gap, doneTo, watermark } = outcome;
  return {
    route,
    outcome: outcome.kind,
    part: gap.part,
    gap: describeWindow(gap),
    reason: gap.reason,
    doneTo: isoText(doneTo),
    watermark: isoText(watermark),
  };
}

/** With its zone: a time without one would be another on another machine. */
function instant(name: string, given: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(given)
    ? Date.parse(given)
    : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new BridgeError("GAP_REFUSED", `${name} is not an ISO 8601 time with its zone: ${given}`, {
    fix: "Write it as in the error of the run, for example 2026-03-01T08:00:00.000Z.",
  });
}
