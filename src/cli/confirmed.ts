// Says what a command is going to do, and asks: nothing is changed that nobody agreed to.
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { printable } from "./print/printable.ts";
import type { Session } from "./session.ts";

/** Options of every command that changes something. */
export interface ChangeOptions {
  readonly yes?: boolean;
}

/** True when it may be done. `says` is what it will do, line by line; it goes to standard error. */
export async function confirmed(
  session: Session,
  { yes }: ChangeOptions,
  says: readonly string[],
  question: string,
): Promise<boolean> {
  for (const line of says) session.note(printable(line));
  if (yes === true || (await session.confirm(question))) return true;
  session.note("Nothing was done: it was not confirmed. Give --yes to do it without being asked.");
  return false;
}

/** The answer and the exit code of a command that was not confirmed. */
export function notConfirmed(session: Session, plan: Readonly<Record<string, unknown>>): ExitCode {
  if (session.json) session.answer({ outcome: "not-confirmed", ...plan }, () => "");
  return EXIT.notConfirmed;
}

/** Who sits here, for the run history. */
export function handOf(session: Session): { readonly by: string } {
  const { environment } = session.world;
  return { by: environment["USER"] ?? environment["USERNAME"] ?? "somebody" };
}

/** A run, or somebody else's work, has the route. */
export function elsewhere(session: Session, route: string, owner: string): ExitCode {
  session.answer(
    { route, outcome: "elsewhere", owner },
    () => `Nothing was done: ${printable(owner)} is at work on ${printable(route)}. Try again when it has ended.`,
  );
  return EXIT.failed;
}
