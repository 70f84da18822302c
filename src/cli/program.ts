// The program with all its commands, as the parser knows it: also what the documentation is made from.
import { Command } from "commander";
import { withSharedOptions, type Act, type AddCommand } from "./command.ts";
import { addBackfill } from "./commands/backfill.ts";
import { addDashboard } from "./commands/dashboard.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addFeedsDiscover } from "./commands/feeds-discover.ts";
import { addPreview } from "./commands/preview.ts";
import { addPause, addResume } from "./commands/pause.ts";
import { addRewind } from "./commands/rewind.ts";
import { addRun } from "./commands/run.ts";
import { addRunNow } from "./commands/run-now.ts";
import { addSkipWindow } from "./commands/skip-window.ts";
import { addState } from "./commands/state.ts";
import { addStatus } from "./commands/status.ts";
import { addTail } from "./commands/tail.ts";

/** In the order in which help lists them. */
const COMMANDS: readonly AddCommand[] = [
  addDoctor,
  addFeedsDiscover,
  addPreview,
  addStatus,
  addDashboard,
  addTail,
  addRunNow,
  addPause,
  addResume,
  addRewind,
  addSkipWindow,
  addDeadLetters,
  addBackfill,
  addState,
  addRun,
];

export function createProgram(act: Act): Command {
  const program = new Command("bridge")
    .description("Sets up, watches and repairs the bridge from Microshare to Azure.")
    .helpCommand(false)
    .showSuggestionAfterError()
    .addHelpText("after", HELP);
  for (const add of COMMANDS) add(program, act);
  for (const leaf of leavesOf(program)) withSharedOptions(leaf);
  return program;
}

/** The commands that do something: not those that only group others. */
export function leavesOf(command: Command): readonly Command[] {
  return command.commands.flatMap((one) => (one.commands.length === 0 ? [one] : leavesOf(one)));
}

const HELP = `
Settings: local.settings.json of the project under the variables of the environment, or with --settings one file
alone: a local.settings.json, or what \`az functionapp config appsettings list\` prints.

Exit codes: 0 good, 1 bad or failed, 2 wrong use or wrong settings, 3 not confirmed.`;
