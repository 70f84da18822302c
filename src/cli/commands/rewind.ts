// bridge rewind: sets a route back, after it showed what that repeats.
import { describeWindow, isoText, type RewindPlan, type Window } from "../../operations/by-hand/words.ts";
import { yesOption, type AddCommand } from "../command.ts";
import { confirmed, elsewhere, handOf, notConfirmed, type ChangeOptions } from "../confirmed.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { instantOf } from "../wrong-use.ts";

interface RewindOptions extends ChangeOptions {
  readonly to: string;
}

export const addRewind: AddCommand = (program, act) => {
  program
    .command("rewind")
    .description("sets a route back to a time: it reads from there again")
    .argument("<route>", "for example default@event-hub")
    .requiredOption("--to <time>", "ISO 8601 with its zone, like 2026-03-01T08:00:00Z")
    .addOption(yesOption())
    .addHelpText("after", ABOUT)
    .action(act<RewindOptions>(rewind));
};

const ABOUT = `
It first shows what will be read again: what the ledger still covers is not sent again, what it covers no more is, under the
same event ids, so that consumers can drop it. Spans that were skipped stay skipped. What lies before the beginning
of the route is a matter for bridge backfill.`;

async function rewind(session: Session, options: RewindOptions, args: readonly string[]): Promise<ExitCode> {
  const [route = ""] = args;
  const to = instantOf("--to", options.to);
  return session.withOperations("rewind", async (operations) => {
    const hands = await operations.byHand();
    const plan = await hands.planRewind(route, to);
    const shown = shownPlan(plan);
    if (!(await confirmed(session, options, planLines(route, plan), "Set it back?"))) {
      return notConfirmed(session, { route, ...shown });
    }
    const outcome = await hands.rewind(route, plan, handOf(session));
    if (outcome.kind === "elsewhere") return elsewhere(session, route, outcome.owner);
    const watermark = isoText(outcome.watermark);
    session.answer({ route, outcome: "rewound", ...shown, watermark }, () => `${route} stands at ${watermark} now.`);
    return EXIT.good;
  });
}

function planLines(route: string, { watermark, again, covered, repeated, gaps }: RewindPlan): readonly string[] {
  return [
    `The route ${route} stands at ${isoText(watermark)}. It will read ${describeWindow(again)} again.`,
    ...(covered === undefined
      ? []
      : [`Of that the ledger covers ${describeWindow(covered)}: nothing known is sent again.`]),
    ...(repeated === undefined
      ? []
      : [
          `It covers ${describeWindow(repeated)} no more: every record of that is SENT AGAIN, under the same event id.`,
        ]),
    ...(gaps === 0 ? [] : [`${gaps} skipped spans in between stay skipped.`]),
  ];
}

function shownPlan({ watermark, again, covered, repeated, gaps }: RewindPlan) {
  return {
    stoodAt: isoText(watermark),
    again: span(again),
    ...(covered === undefined ? {} : { covered: span(covered) }),
    ...(repeated === undefined ? {} : { repeated: span(repeated) }),
    gaps,
  };
}

function span({ from, to }: Window) {
  return { from: isoText(from), to: isoText(to) };
}
