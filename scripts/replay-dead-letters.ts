// npm run replay-dead-letters -- --route default@event-hub: sends the dead letters of a route once more.
import { parseArgs } from "node:util";
import type { Operations } from "../src/operations/operations.ts";
import { operate, operatorEnvironment, plainError, type Report } from "./operation.ts";

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { route: { type: "string" } } });
  const { route } = values;
  if (route === undefined) {
    process.stderr.write("Usage: npm run replay-dead-letters -- --route default@event-hub\n");
    return 2;
  }
  return operate("replay-dead-letters", operatorEnvironment, (operations) => replay(operations, route));
}

export async function replay(operations: Operations, route: string): Promise<Report> {
  const outcome = await operations.replayDeadLetters(route);
  const { kind, warnings, ...facts } = outcome;
  return {
    ...facts,
    outcome: kind,
    ...(warnings.length > 0 ? { warnings: warnings.map(plainError) } : {}),
    ...(outcome.kind === "blocked" ? { error: plainError(outcome.error) } : {}),
  };
}
