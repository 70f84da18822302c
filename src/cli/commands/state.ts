// bridge state check: does what is saved fit together.
import type { StateReport } from "../../operations/by-hand/check-state.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session.ts";

export const addState: AddCommand = (program, act) => {
  const state = program.command("state").description("what is saved of the routes");
  state
    .command("check")
    .description("reads all that is saved and tells what does not fit together; changes nothing")
    .addHelpText("after", ABOUT)
    .action(act(check));
};

const ABOUT = `
It reads every row of each route and lists the bodies of its dead letters. A lease that somebody holds is watched for most of a
minute, to tell the living from the dead.

Exit code 1 when something is bad; what explains itself or passes is only noted.`;

async function check(session: Session): Promise<ExitCode> {
  session.progress.show("Reading the state");
  const report = await session.withOperations("state check", async (operations) =>
    (await operations.byHand()).checkState(),
  );
  session.answer(report, () => reportText(report, session));
  return report.findings.some(({ kind }) => kind === "bad") ? EXIT.failed : EXIT.good;
}

function reportText({ routes, findings }: StateReport, { style }: Session): string {
  const head = ["route", "watermark", "ledger since", "ids", "runs", "dead letters", "bodies"];
  const rows = routes.map((one) => [
    printable(one.route),
    one.watermark ?? "-",
    one.coveredFrom ?? "-",
    ...[one.ledgerIds, one.runs, one.deadLetters, one.bodies].map(String),
  ]);
  const told = findings.map(
    ({ route, kind, what, fix }) =>
      `${style(kind === "bad" ? "bad" : "warning", kind)} ${printable(route)}: ${printable(what)}\n     ${printable(fix)}`,
  );
  const end = findings.length === 0 ? ["Nothing is wrong."] : told;
  return [table(head, rows, { rightAligned: [3, 4, 5, 6] }), "", ...end].join("\n");
}
