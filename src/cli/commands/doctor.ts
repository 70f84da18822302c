// bridge doctor: is everything there that a run needs, and what to do where it is not.
import { settingsProblems } from "../../operations/doctor/check-settings.ts";
import type { Check, CheckOutcome } from "../../operations/doctor/checklist.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import type { Style, Tone } from "../print/style.ts";
import type { Session } from "../session.ts";

export const addDoctor: AddCommand = (program, act) => {
  program
    .command("doctor")
    .description("looks at settings, login, feeds, state and sinks, and says what to do about what is wrong")
    .addHelpText("after", ABOUT)
    .action(act(doctor));
};

const ABOUT = `
It sends nothing to any sink. To prove the right to write state it writes a row and a blob of its own and removes them;
where table or container are missing, a table and a container of its own.

Exit code 1 when a check failed; a warning alone is 0.`;

async function doctor(session: Session): Promise<ExitCode> {
  const problems = settingsProblems(session.environment(), session.readFiles());
  const tell = (check: Check): void => {
    if (!session.json) session.line(check, () => checkText(check, session.style));
  };
  if (problems.length > 0) {
    const rest: Check = {
      id: "rest",
      title: "login, feeds, state and sinks",
      outcome: "not-checked",
      detail: "cannot be checked before this is right: settings",
    };
    for (const check of [...problems, rest]) tell(check);
    return ended([...problems, rest], session, EXIT.wrongUse);
  }
  const checks = await session.withOperations("doctor", (operations) => operations.doctor(tell));
  return ended(checks, session, checks.some(({ outcome }) => outcome === "failed") ? EXIT.failed : EXIT.good);
}

function ended(checks: readonly Check[], session: Session, exitCode: ExitCode): ExitCode {
  const count = (wanted: CheckOutcome): number => checks.filter(({ outcome }) => outcome === wanted).length;
  const counts = {
    passed: count("passed"),
    warnings: count("warning"),
    failed: count("failed"),
    notChecked: count("not-checked"),
  };
  session.answer({ ...counts, checks }, () => {
    const { passed, warnings, failed, notChecked } = counts;
    return `\n${passed} passed, ${warnings} warnings, ${failed} failed, ${notChecked} not checked`;
  });
  return exitCode;
}

const MARKS: Readonly<Record<CheckOutcome, readonly [mark: string, tone: Tone]>> = {
  passed: ["ok     ", "good"],
  warning: ["warning", "warning"],
  failed: ["FAILED ", "bad"],
  "not-checked": ["-      ", "dim"],
};

function checkText({ title, outcome, detail, code, fix }: Check, style: Style): string {
  const [mark, tone] = MARKS[outcome];
  const head = `${style(tone, mark)}  ${style("strong", printable(title))}: ${code === undefined ? "" : `${code}: `}${printable(detail)}`;
  return fix === undefined ? head : `${head}\n         ${style("strong", "Fix")}: ${printable(fix)}`;
}
