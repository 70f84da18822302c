// How a command is added to the program: its words and options here, its work in a session.
import { Option, type Command, type OptionValues } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import type { Session } from "./session.ts";

/** What a command does, with its own options as commander gives them. Resolves with the exit code. */
export type Work<Options> = (session: Session, options: Options, args: readonly string[]) => Promise<ExitCode>;

/** Makes a commander action of it. */
export type Act = <Options extends OptionValues>(
  work: Work<Options>,
) => (this: Command, ...given: unknown[]) => Promise<void>;

export type AddCommand = (program: Command, act: Act) => void;

/** The options that every command has, behind its own. */
export function withSharedOptions(command: Command): Command {
  return command
    .option(
      "--settings <file>",
      "settings from this file alone (see below); without it local.settings.json and the environment",
    )
    .option("--json", "the answer as JSON")
    .option("--verbose", "the bridge's own log lines on standard error");
}

/** For commands that change something. */
export function yesOption(): Option {
  return new Option("--yes", "do it without asking");
}
