// bridge backfill: reads a finite range beside the live routes, once, and can be stopped and resumed.
import {
  describeWindow,
  isoText,
  type BackfillOutcome,
  type BackfillPlan,
  type BackfillRequest,
  type SpansByPart,
} from "../../operations/by-hand/words.ts";
import type { ByHand } from "../../operations/by-hand/by-hand.ts";
import { yesOption, type AddCommand } from "../command.ts";
import { confirmed, handOf, notConfirmed, type ChangeOptions } from "../confirmed.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { failureText, plainFailure } from "../print/failure.ts";
import { printable } from "../print/printable.ts";
import type { Session } from "../session.ts";
import { countOf, instantOf, WrongUse } from "../wrong-use.ts";

interface BackfillOptions extends ChangeOptions {
  readonly from: string;
  readonly to: string;
  readonly feed?: string;
  readonly route?: string;
  readonly again?: boolean;
  readonly share: string;
}

export const addBackfill: AddCommand = (program, act) => {
  program
    .command("backfill")
    .description("reads and sends a range of time beside the live routes; can be stopped and resumed")
    .requiredOption("--from <time>", "ISO 8601 with its zone, like 2025-01-01T00:00:00Z")
    .requiredOption("--to <time>", "its end, which is not part of it")
    .option("--route <route>", "only for this route")
    .option("--feed <feed>", "only for the routes of this feed")
    .option("--again", "deliver what was delivered already once more, under the same event ids")
    .option("--share <percent>", "of the time it works; the rest it leaves to others", "50")
    .addOption(yesOption())
    .addHelpText("after", ABOUT)
    .action(act<BackfillOptions>(backfill));
};

const ABOUT = `
For each route it leaves out what the live route or a backfill before it has delivered, and what the live route has not come
to yet: that it will read itself. Ctrl-C stops it after the send under way; the same command goes on from there.

It has a progress and a lease of its own and never moves the live watermark. It reads for half a minute at a time, rests as
--share says, and begins no turn while the live route sends. Its events carry the live route's name, and "late".

Exit code 1 when it failed or stopped before its end.`;

/** Half a minute of reading, and a look every five seconds whether the live route still sends. */
const TURN_MS = 30_000;
const GIVE_WAY_MS = 5_000;

async function backfill(session: Session, options: BackfillOptions): Promise<ExitCode> {
  const request = {
    from: instantOf(`--from`, options.from),
    to: instantOf("--to", options.to),
    again: options.again === true,
  };
  const share = countOf("--share", options.share, 1, 100) / 100;
  return session.withOperations("backfill", async (operations) => {
    const hands = await operations.byHand();
    const routes = chosen(hands, options);
    const plans: { readonly route: string; readonly plan: BackfillPlan }[] = [];
    for (const route of routes) plans.push({ route, plan: await hands.planBackfill(route, request) });
    const says = plans.flatMap(({ route, plan }) => planLines(route, plan));
    const shown = { routes: plans.map(({ route, plan }) => ({ route, ...plainPlan(plan) })) };
    if (plans.every(({ plan }) => Object.keys(plan.todo).length === 0)) {
      session.answer({ outcome: "nothing-to-do", ...shown }, () => [...says, "There is nothing to do."].join("\n"));
      return EXIT.good;
    }
    if (!(await confirmed(session, options, says, "Begin?"))) return notConfirmed(session, shown);
    const ended: { readonly route: string; readonly outcome: BackfillOutcome }[] = [];
    for (const { route } of plans) {
      ended.push({ route, outcome: await fill(session, hands, route, request, share) });
      if (session.interrupted().aborted) break;
    }
    session.answer({ routes: ended.map(({ route, outcome }) => plainOutcome(route, outcome)) }, () =>
      ended.map(({ route, outcome }) => outcomeText(route, outcome, session)).join("\n"),
    );
    const isDone = ended.every(({ outcome: { kind } }) => kind === "done" || kind === "nothing-to-do");
    return isDone && ended.length === plans.length ? EXIT.good : EXIT.failed;
  });
}

function chosen(hands: ByHand, { route, feed }: BackfillOptions): readonly string[] {
  const names = hands.routes
    .filter((one) => (route === undefined || one.name === route) && (feed === undefined || one.feed === feed))
    .map(({ name }) => name);
  if (names.length > 0) return names;
  const known = hands.routes.map(({ name }) => name).join(", ");
  throw new WrongUse("No route is meant by these words", `The routes are: ${known}.`);
}

function fill(session: Session, hands: ByHand, route: string, request: BackfillRequest, share: number) {
  return hands.backfill(route, request, {
    ...handOf(session),
    pace: { turnMs: TURN_MS, share, giveWayMs: GIVE_WAY_MS },
    stop: session.interrupted(),
    onTurn({ doneTo, totals, givesWay }) {
      const part = (doneTo - request.from) / (request.to - request.from);
      const state = givesWay ? "gives way to the live route" : `at ${isoText(doneTo)}`;
      session.progress.show(`${route} ${state}, ${totals.delivered} delivered`, part);
    },
  });
}

function planLines(route: string, { todo, delivered, leftToLive, request, parts }: BackfillPlan): readonly string[] {
  const line = (what: string, spans: SpansByPart): readonly string[] =>
    Object.entries(spans)
      .slice(0, MOST_PARTS)
      .map(
        ([part, list]) => `${route}${part === "" ? "" : ` ${part}`}: ${what} ${list.map(describeWindow).join(", ")}`,
      );
  const before = request.again ? "delivered before, and sent AGAIN:" : "delivered before, and left out:";
  return [
    ...line("will read", todo),
    ...line(before, delivered),
    ...line("left to the live route:", leftToLive),
    ...(parts.length > MOST_PARTS ? [`${route}: and so on, for ${parts.length} parts`] : []),
  ];
}

/** Of hundreds of locations a few tell enough. */
const MOST_PARTS = 5;

function plainPlan({ todo, delivered, leftToLive }: BackfillPlan) {
  return { todo: plainSpans(todo), delivered: plainSpans(delivered), leftToLive: plainSpans(leftToLive) };
}

function plainSpans(spans: SpansByPart) {
  return Object.entries(spans).map(([part, list]) => ({
    part,
    spans: list.map(({ from, to }) => ({ from: isoText(from), to: isoText(to) })),
  }));
}

function plainOutcome(route: string, outcome: BackfillOutcome): Readonly<Record<string, unknown>> {
  const { kind, totals, warnings } = outcome;
  return {
    route,
    outcome: kind,
    ...totals,
    warnings: warnings.map(plainFailure),
    ...(outcome.kind === "stopped" ? { doneTo: isoText(outcome.doneTo) } : {}),
    ...(outcome.kind === "elsewhere" ? { owner: outcome.owner } : {}),
    ...(outcome.kind === "blocked" ? { error: plainFailure(outcome.error) } : {}),
  };
}

function outcomeText(route: string, outcome: BackfillOutcome, session: Session): string {
  const { kind, totals, warnings } = outcome;
  const counts = `${totals.delivered} delivered, ${totals.alreadyDelivered} known already, ${totals.deadLettered} dead letters`;
  const told = [...warnings, ...(outcome.kind === "blocked" ? [outcome.error] : [])];
  const more =
    outcome.kind === "stopped"
      ? `. It has come to ${isoText(outcome.doneTo)}; the same command goes on from there`
      : outcome.kind === "elsewhere"
        ? `. ${printable(outcome.owner)} is at work on it`
        : "";
  return [`${route}: ${kind}, ${counts}${more}`, ...told.map((failure) => failureText(failure, session.style))].join(
    "\n",
  );
}
