// bridge run-now: the same run as the timer's, at once.
import type { RunSummary } from "../../operations/by-hand/words.ts";
import { randomUUID } from "node:crypto";
import { BridgeError } from "../../errors.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { failureText, plainFailure } from "../print/failure.ts";
import { printable } from "../print/printable.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session.ts";
import { WrongUse } from "../wrong-use.ts";

interface RunNowOptions {
  readonly route?: string;
  readonly feed?: string;
}

export const addRunNow: AddCommand = (program, act) => {
  program
    .command("run-now")
    .description("one run, as the timer's: reads what is new and sends it")
    .option("--route <route>", "only this route")
    .option("--feed <feed>", "only the routes of this feed")
    .addHelpText("after", ABOUT)
    .action(act<RunNowOptions>(runNow));
};

const ABOUT = `
It asks for no confirmation: it does what the timer does, under the same leases. A route that another run works on is
left to that run (elsewhere), a paused one to who paused it.

Exit code 1 when a route failed, or was in other hands.`;

async function runNow(session: Session, { route, feed }: RunNowOptions): Promise<ExitCode> {
  return session.withBridge(async (bridge) => {
    const { routes } = await bridge.operations("bridge run-now").byHand();
    const chosen = routes.filter(
      (one) => (route === undefined || one.name === route) && (feed === undefined || one.feed === feed),
    );
    if (chosen.length === 0) {
      const known = routes.map(({ name }) => name).join(", ");
      throw new WrongUse("No route is meant by these words", `The routes are: ${known}.`);
    }
    let summaries: readonly RunSummary[] = [];
    const failures: BridgeError[] = [];
    try {
      const facts = { runId: `bridge run-now ${randomUUID()}`, pastDue: false };
      await bridge.run(facts, {
        only: chosen.map(({ name }) => name),
        onSummaries: (told) => {
          summaries = told;
        },
      });
    } catch (error) {
      failures.push(...expected(error));
    }
    const plain = failures.map(plainFailure);
    session.answer({ routes: summaries, ...(plain.length === 0 ? {} : { failures: plain }) }, () =>
      [summaryTable(summaries), ...failures.map((failure) => failureText(failure, session.style))].join("\n"),
    );
    const isElsewhere = summaries.some(({ outcome }) => outcome === "elsewhere");
    return failures.length > 0 || isElsewhere ? EXIT.failed : EXIT.good;
  });
}

/** A run throws all its failures together, bugs among them, which are thrown on. */
function expected(error: unknown): readonly BridgeError[] {
  if (!(error instanceof AggregateError)) throw error;
  const all: readonly unknown[] = error.errors;
  const known = all.flatMap((one) => (one instanceof BridgeError ? [one] : []));
  if (known.length < all.length) throw error;
  return known;
}

const COUNTS = ["read", "delivered", "alreadyDelivered", "filtered", "deadLettered", "leftForNextRun"] as const;

function summaryTable(summaries: readonly RunSummary[]): string {
  const head = ["route", "outcome", ...COUNTS, "watermark"];
  const rows = summaries.map((summary) =>
    [summary["route"], summary["outcome"], ...COUNTS.map((count) => summary[count]), summary["watermark"] ?? "-"].map(
      (cell) => printable(String(cell)),
    ),
  );
  return table(head, rows, { rightAligned: COUNTS.map((_, index) => index + 2) });
}
