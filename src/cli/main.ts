// The command line from its words to its exit code.
import { CommanderError, type Command, type OptionValues } from "commander";
import { BridgeError } from "../errors.ts";
import type { Act, Work } from "./command.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { failureText, plainFailure } from "./print/failure.ts";
import { createProgram, leavesOf } from "./program.ts";
import type { Session, SharedOptions } from "./session.ts";
import { processWorld, type CliWorld } from "./world.ts";
import { WrongUse } from "./wrong-use.ts";

/** Runs on the streams and the environment of this process, and leaves its exit code there. */
export async function start(): Promise<void> {
  process.stdout.on("error", endWithReader);
  process.exitCode = await main(process.argv.slice(2), processWorld());
}

/** `bridge ... | head` has all it wanted: there is nobody left to write to, and nothing is wrong. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.good);
}

/** Resolves with the exit code; throws only for bugs, whose text is printed without secrets. */
export async function main(args: readonly string[], world: CliWorld): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.good;
  const act: Act = <Options extends OptionValues>(work: Work<Options>) =>
    async function run(this: Command) {
      // Help and mistyped words need none of the bridge.
      const { openSession } = await import("./session.ts");
      const { session, end } = openSession(world, this.opts<SharedOptions>());
      try {
        exitCode = await work(session, this.opts<Options>(), this.args);
      } catch (error) {
        exitCode = failed(error, session);
      } finally {
        session.progress.clear();
        end();
      }
    };
  const program = createProgram(act);
  const output = { writeOut: writeTo(world.stdout), writeErr: writeTo(world.stderr) };
  for (const command of [program, ...program.commands, ...leavesOf(program)]) {
    command.exitOverride().configureOutput(output);
  }
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.good : EXIT.wrongUse;
  }
  return exitCode;
}

function failed(error: unknown, session: Session): ExitCode {
  if (error instanceof BridgeError) {
    if (session.json) session.answer({ error: plainFailure(error) }, () => "");
    else session.note(failureText(error, session.style));
    return exitCodeOf(error.code);
  }
  if (error instanceof WrongUse) {
    session.note(failureText(error, session.style));
    return EXIT.wrongUse;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  session.note(`This is a bug of the bridge, please report it:\n${text}`);
  return EXIT.failed;
}

function writeTo(output: CliWorld["stdout"]): (text: string) => void {
  return (text) => void output.write(text);
}
