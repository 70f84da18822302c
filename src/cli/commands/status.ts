// bridge status: every route, how far it is, and whether that is good.
import { GOOD, type VerdictKind } from "../../operations/verdict.ts";
import type { RouteStatus, StatusReport } from "../../operations/status.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import { sparkline } from "../print/sparkline.ts";
import type { Style, Tone } from "../print/style.ts";
import { table } from "../print/table.ts";
import { spanText, timeText } from "../print/times.ts";
import type { Session } from "../session.ts";
import { countOf } from "../wrong-use.ts";
import { waitUnlessAborted } from "../../wait.ts";

interface StatusOptions {
  readonly watch?: boolean;
  readonly every: string;
}

export const addStatus: AddCommand = (program, act) => {
  program
    .command("status")
    .description("every route: how far it is, what it delivered, its last error, and whether that is good")
    .option("--watch", "show it again and again, until Ctrl-C")
    .option("--every <seconds>", "with --watch: how often", "5")
    .addHelpText("after", VERDICTS)
    .action(act<StatusOptions>(status));
};

const VERDICTS = `
Verdicts:
  healthy      caught up
  quiet        caught up, and nothing was new for a day: everything was asked, nothing was there
  catching-up  the last run had more to read than time, and the watermark moves
  paused       somebody paused it
  stuck        three runs without an error, and the watermark stands still
  failing      the last run ended with an error
  not-running  no run has ended for more than two periods of the schedule
  never-ran    no progress and no run
  left         progress of a route that the settings do not name any more

Exit code 1 when a route is none of healthy, quiet, catching-up and paused.`;

async function status(session: Session, { watch = false, every }: StatusOptions): Promise<ExitCode> {
  const everyMs = countOf("--every", every, 1, 3600) * 1000;
  return session.withOperations("status", async (operations) => {
    if (!watch) {
      const report = await operations.status();
      session.answer(report, () => statusText(report, session.style));
      return exitCodeFor(report);
    }
    const signal = session.interrupted();
    for (;;) {
      const report = await operations.status();
      if (signal.aborted) return exitCodeFor(report);
      const clear = session.world.stdout.isTTY === true ? CLEAR : "";
      session.line(report, () => `${clear}${statusText(report, session.style)}\n`);
      await waitUnlessAborted(everyMs, signal);
      if (signal.aborted) return exitCodeFor(report);
    }
  });
}

/** The screen and what scrolled out of it. */
const CLEAR = "\u001b[2J\u001b[3J\u001b[H";

function exitCodeFor({ routes }: StatusReport): ExitCode {
  return routes.every(({ verdict }) => GOOD.has(verdict.kind) || verdict.kind === "left") ? EXIT.good : EXIT.failed;
}

function statusText({ at, schedule, nextRun, routes }: StatusReport, style: Style): string {
  const rows = routes.map((route) => rowOf(route, style));
  const next =
    nextRun === undefined
      ? "-"
      : `${timeText(Date.parse(nextRun))} (in ${spanText(Date.parse(nextRun) - Date.parse(at))})`;
  return [
    table(
      HEAD.map((title) => style("strong", title)),
      rows,
      { rightAligned: [3, 5, 6, 7, 8] },
    ),
    ...routes.flatMap((route) => detailsOf(route, style)),
    "",
    style("dim", `${timeText(Date.parse(at))}, schedule ${schedule}, next run ${next}`),
  ].join("\n");
}

const HEAD = [
  "ROUTE",
  "VERDICT",
  "WATERMARK",
  "LAG",
  "24 HOURS",
  "NEW",
  "KNOWN",
  "LATE",
  "DEAD LETTERS",
  "LAST SUCCESS",
];

function rowOf(route: RouteStatus, style: Style): readonly string[] {
  const { verdict, lastDay } = route;
  return [
    printable(route.route),
    style(TONES[verdict.kind], verdict.kind),
    instant(route.watermark),
    route.lagSeconds === undefined ? "-" : spanText(route.lagSeconds * 1000),
    sparkline(route.perHour),
    String(lastDay.delivered),
    String(lastDay.alreadyDelivered),
    String(lastDay.late),
    route.deadLetters === 0 ? "0" : style("warning", String(route.deadLetters)),
    instant(route.lastSuccess),
  ];
}

const TONES: Readonly<Record<VerdictKind, Tone>> = {
  healthy: "good",
  quiet: "good",
  "catching-up": "good",
  paused: "warning",
  stuck: "bad",
  failing: "bad",
  "not-running": "bad",
  "never-ran": "warning",
  left: "warning",
};

function instant(text: string | undefined): string {
  return timeText(text === undefined ? undefined : Date.parse(text));
}

/** What needs more words than a row has. */
function detailsOf(route: RouteStatus, style: Style): readonly string[] {
  const { verdict, lastError, lastDay, warnings, gaps, runningNow } = route;
  const lines = [`${style(TONES[verdict.kind], verdict.kind)}: ${printable(verdict.because)}`];
  if (verdict.fix !== undefined) lines.push(`${style("strong", "Fix")}: ${printable(verdict.fix)}`);
  if (lastError !== undefined) {
    lines.push(printable(`last error ${instant(lastError.at)}: ${lastError.code}: ${lastError.message}`));
    if (lastError.fix !== verdict.fix) lines.push(`  ${style("strong", "Fix")}: ${printable(lastError.fix)}`);
  }
  if (warnings.length > 0) lines.push(`warnings of the last run: ${printable(warnings.join(", "))}`);
  if (lastDay.latestSeconds !== undefined)
    lines.push(`latest record: ${spanText(lastDay.latestSeconds * 1000)} after its time`);
  if (gaps > 0) lines.push(`${gaps === 1 ? "1 span" : `${gaps} spans`} given up by hand`);
  if (runningNow !== undefined) lines.push(`at work now: ${printable(runningNow)}`);
  return ["", style("strong", printable(route.route)), ...lines.map((line) => `  ${line}`)];
}
