// Where the settings of a command come from: a file that is named, or local.settings.json under the environment.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../config/load-settings.ts";
import { BridgeError } from "../errors.ts";

/**
 * Without a file: the environment over the `Values` of local.settings.json, as the Functions host does it. With one, the
 * settings in it and nothing else, so that what is checked is what is deployed: `Values` of a local.settings.json, the
 * output of `az functionapp config appsettings list`, or plain names and values. Only a Key Vault reference, which nobody
 * but the platform resolves, is taken from the environment where that has the setting; and outside of Azure nobody can be the
 * app's managed identity, so that storage is opened as whoever is logged in, like the sinks. Throws `SETTINGS_INVALID` for
 * a file that cannot be read.
 */
export function settingsSource(file: string | undefined, root: string, environment: Environment): Environment {
  if (file === undefined) return { ...valuesOf(join(root, "local.settings.json"), false), ...environment };
  // The platform says where a managed identity can be asked for a token.
  const isElsewhere = environment["IDENTITY_ENDPOINT"] === undefined;
  const values = Object.entries(valuesOf(file, true)).filter(([name]) => !isElsewhere || !OF_THE_APP.has(name));
  return Object.fromEntries(
    values.map(([name, value]) => [name, VAULT.test(value) ? (environment[name] ?? value) : value]),
  );
}

const OF_THE_APP = new Set(["AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId"]);

const VAULT = /^\s*@Microsoft\.(KeyVault|AppConfiguration)\s*\(/i;

function valuesOf(file: string, needed: boolean): Readonly<Record<string, string>> {
  const text = textOf(file);
  if (text === undefined) {
    if (!needed) return {};
    throw wrongFile(file, "does not exist", "Name the file of the settings with --settings.");
  }
  const content = parsed(file, text);
  if (Array.isArray(content)) return listed(content);
  const fields = fieldsOf(content);
  if (fields["IsEncrypted"] === true) {
    throw wrongFile(
      file,
      "is encrypted",
      "Decrypt it with `func settings decrypt`, or set the settings in the environment.",
    );
  }
  return textsOf("Values" in fields ? fieldsOf(fields["Values"]) : needed ? fields : {});
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "ENOENT") return undefined;
    throw wrongFile(file, `cannot be read (${String(error.code)})`, "Give a file that you may read with --settings.");
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrongFile(file, "is not JSON", "Correct it, or set the settings in the environment.");
  }
}

/** As `az functionapp config appsettings list` writes them: name, value and whether it stays with its slot. */
function listed(items: readonly unknown[]): Readonly<Record<string, string>> {
  return textsOf(Object.fromEntries(items.map(fieldsOf).map(({ name, value }) => [String(name), value])));
}

function textsOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function wrongFile(file: string, problem: string, fix: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `${file} ${problem}`, { fix });
}
