// One operation on one route by hand: settings from the environment or local.settings.json, one JSON line as its report.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bridgeOpener, type Bridge } from "../src/app.ts";
import { readSettingsFiles } from "../src/config/environment.ts";
import type { Environment } from "../src/config/load-settings.ts";
import { BridgeError } from "../src/errors.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Names and values of the line; `outcome` decides about the exit code. */
export type Report = Readonly<Record<string, unknown>> & { readonly outcome: string };

/**
 * Runs one operation and prints its report. Resolves with the exit code: 0 when it did what it was asked. Bugs are
 * thrown. Lines of the log go to standard error.
 */
export async function operate(
  command: string,
  readEnvironment: () => Environment,
  work: (operations: ReturnType<Bridge["operations"]>) => Promise<Report>,
  print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<number> {
  try {
    const environment = readEnvironment();
    const openBridge = bridgeOpener({ environment, readFiles: () => readSettingsFiles(ROOT, environment) });
    const bridge = await openBridge((_level, line) => void process.stderr.write(`${line}\n`));
    try {
      const report = await work(bridge.operations(`${command} ${randomUUID()}`));
      print(JSON.stringify({ command, ...report }));
      return report.outcome === "done" || report.outcome === "skipped" ? 0 : 1;
    } finally {
      await bridge.close();
    }
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    print(JSON.stringify({ command, outcome: "blocked", error: plainError(error) }));
    return 1;
  }
}

export function plainError({ code, message, fix }: BridgeError): Readonly<Record<string, string>> {
  return { code, message, fix };
}

/**
 * The process environment over the `Values` of local.settings.json, as the Functions host does it. Throws
 * `SETTINGS_INVALID` for a file that cannot be read.
 */
export function operatorEnvironment(file = `${ROOT}local.settings.json`): Environment {
  return { ...localValues(file), ...process.env };
}

function localValues(file: string): Environment {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const content = parsed(text);
  if (content["IsEncrypted"] === true) {
    throw wrongFile("is encrypted", "Decrypt it with `func settings decrypt`, or set the settings in the environment.");
  }
  const values = Object.entries(fieldsOf(content["Values"]));
  return Object.fromEntries(values.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrongFile("is not JSON", "Correct it, or set the settings in the environment.");
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function wrongFile(problem: string, fix: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `local.settings.json ${problem}`, { fix });
}
