// bridge skip-window: gives up a span that cannot be read, on record.
import { describeWindow, isoText } from "../../operations/by-hand/words.ts";
import { yesOption, type AddCommand } from "../command.ts";
import { confirmed, elsewhere, handOf, notConfirmed, type ChangeOptions } from "../confirmed.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { instantOf } from "../wrong-use.ts";

interface SkipOptions extends ChangeOptions {
  readonly part?: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export const addSkipWindow: AddCommand = (program, act) => {
  program
    .command("skip-window")
    .description("gives up a span that cannot be read: the route goes on behind it")
    .argument("<route>", "for example default@event-hub")
    .option("--part <part>", "of a feed that is read in several: which, written exactly as in the error")
    .requiredOption("--from <time>", "as in the error of the run, like 2026-03-01T08:00:00.000Z")
    .requiredOption("--to <time>", "its end, which is not part of it")
    .requiredOption("--reason <text>", "why these records are given up")
    .addOption(yesOption())
    .addHelpText("after", ABOUT)
    .action(act<SkipOptions>(skip));
};

const ABOUT = `
For a window that stops a route (WINDOW_SATURATED, WINDOW_INCOMPLETE). Its records are not delivered and it is never read
again; the gap stays on record with the reason. When the cause is gone, bridge backfill reads it.`;

async function skip(session: Session, options: SkipOptions, args: readonly string[]): Promise<ExitCode> {
  const [route = ""] = args;
  const { part, reason } = options;
  const window = { from: instantOf(`--from`, options.from), to: instantOf("--to", options.to) };
  const says = [
    `The route ${route} will not read ${describeWindow(window)}${part === undefined ? "" : ` of ${part}`}: what was not delivered of it is given up.`,
  ];
  if (!(await confirmed(session, options, says, "Skip it?"))) {
    return notConfirmed(session, { route, gap: describeWindow(window) });
  }
  const outcome = await session.withOperations("skip-window", async (operations) =>
    (await operations.byHand()).skipWindow(route, part, window, reason, handOf(session)),
  );
  if (outcome.kind === "elsewhere") return elsewhere(session, route, outcome.owner);
  const { gap, doneTo, watermark } = outcome;
  const told = { route, outcome: "skipped", part: gap.part, gap: describeWindow(gap), reason: gap.reason };
  session.answer(
    { ...told, doneTo: isoText(doneTo), watermark: isoText(watermark) },
    () => `${route} goes on from ${isoText(doneTo)}; its watermark is ${isoText(watermark)}.`,
  );
  return EXIT.good;
}
