// npm run cli:docs: writes docs/cli.md from the help of every command, so that the two cannot differ.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { createProgram, leavesOf } from "../src/cli/program.ts";

export const DOCUMENT = "docs/cli.md";

if (import.meta.main) writeFileSync(fileURLToPath(new URL(`../${DOCUMENT}`, import.meta.url)), cliDocument());

/** The whole document. */
export function cliDocument(): string {
  const program = createProgram(() => async () => {});
  const commands = leavesOf(program);
  const list = commands.map((command) => `- [\`${pathOf(command)}\`](#${anchorOf(command)}): ${command.description()}`);
  const parts = commands.map((command) => `## ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
  return [
    "# The command line\n",
    "`npx bridge` in the project's folder, or `npm run bridge --`. It needs no build, and starts the project's own Node",
    "where the system's is too old. This page is made from the help of each command (`npm run cli:docs`). What to do when",
    "something is wrong: [runbook.md](runbook.md).\n",
    `\`\`\`text\n${helpOf(program)}\n\`\`\`\n`,
    `${list.join("\n")}\n`,
    ...parts,
  ].join("\n");
}

/** `bridge dead-letters list`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** As GitHub makes it from the heading. */
function anchorOf(command: Command): string {
  return pathOf(command).replaceAll(" ", "-");
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (more) => void (text += more),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}
