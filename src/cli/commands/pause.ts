// bridge pause and bridge resume: keeps a route from being served, and lets it go on.
import { isoText } from "../../operations/by-hand/words.ts";
import { yesOption, type AddCommand } from "../command.ts";
import { confirmed, elsewhere, handOf, notConfirmed, type ChangeOptions } from "../confirmed.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import type { Session } from "../session.ts";

interface PauseOptions extends ChangeOptions {
  readonly reason: string;
}

export const addPause: AddCommand = (program, act) => {
  program
    .command("pause")
    .description("keeps a route from being served, until it is resumed")
    .argument("<route>", "for example default@event-hub")
    .requiredOption("--reason <text>", "why: bridge status and each run show it")
    .addOption(yesOption())
    .addHelpText("after", PAUSE)
    .action(act<PauseOptions>(pause));
};

const PAUSE = `
A run that is at work on the route ends first; the command waits for it. The pause is kept with the route's progress: it
outlives restarts and deployments. Runs go on, say that the route is paused, and do not fail for it. Nothing is lost: the
route goes on from its watermark.`;

export const addResume: AddCommand = (program, act) => {
  program
    .command("resume")
    .description("lets a paused route go on from its watermark, with the next run")
    .argument("<route>", "for example default@event-hub")
    .addOption(yesOption())
    .action(act<ChangeOptions>(resume));
};

async function pause(session: Session, options: PauseOptions, args: readonly string[]): Promise<ExitCode> {
  const [route = ""] = args;
  const { reason } = options;
  const says = [`The route ${route} will not be served any more, until it is resumed.`];
  if (!(await confirmed(session, options, says, "Pause it?"))) return notConfirmed(session, { route });
  const outcome = await session.withOperations("pause", async (operations) =>
    (await operations.byHand()).pause(route, reason, handOf(session)),
  );
  if (outcome.kind === "elsewhere") return elsewhere(session, route, outcome.owner);
  const { paused, wasPaused, watermark } = outcome;
  const since = isoText(paused.since);
  const told = { route, outcome: "paused", wasPaused, by: paused.by, reason: paused.reason, since };
  session.answer({ ...told, watermark: isoText(watermark) }, () =>
    wasPaused
      ? `${route} was paused already, by ${printable(paused.by)} at ${since}: ${printable(paused.reason)}`
      : `${route} is paused. It stands at ${isoText(watermark)}.`,
  );
  return EXIT.good;
}

async function resume(session: Session, options: ChangeOptions, args: readonly string[]): Promise<ExitCode> {
  const [route = ""] = args;
  const says = [`The route ${route} will be served again, from its watermark on, with the next run.`];
  if (!(await confirmed(session, options, says, "Resume it?"))) return notConfirmed(session, { route });
  const outcome = await session.withOperations("resume", async (operations) =>
    (await operations.byHand()).resume(route, handOf(session)),
  );
  if (outcome.kind === "elsewhere") return elsewhere(session, route, outcome.owner);
  const watermark = isoText(outcome.watermark);
  const wasPaused = outcome.paused !== undefined;
  session.answer({ route, outcome: "resumed", wasPaused, watermark }, () =>
    wasPaused ? `${route} goes on from ${watermark}.` : `${route} was not paused. It stands at ${watermark}.`,
  );
  return EXIT.good;
}
