// Checks the text of one setting, before anything is made of it.
import * as z from "zod";
import { PLACEHOLDER, type Setting } from "./setting.ts";
import { settingsTable, type SettingName } from "./settings-table.ts";

/** What is wrong with one text; becomes a `SettingProblem` where it is known whose text it is. */
export interface Complaint {
  readonly problem: string;
  readonly fix: string;
}

/** What a text is checked by. */
export type Checked = Pick<Setting, "schema" | "format" | "example" | "secret">;

/** The text of a setting, or undefined when it is not set: an empty text counts as not set. */
export function givenText(name: SettingName, text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (isSecret(name)) return text;
  const trimmed = text.trim();
  return trimmed === "" ? undefined : trimmed;
}

/**
 * @param text as `givenText` gives it
 * @param subject what the fix calls the setting
 * @returns what is wrong with it, or undefined
 */
export function complaintAbout(name: SettingName, text: string, subject: string = name): Complaint | undefined {
  // A reference inside of SINKS was never one for Azure: what is wrong there is told with its place.
  if (name === "SINKS" && text.startsWith("[")) return undefined;
  return complaintAgainst(settingsTable[name], text, subject);
}

/** As `complaintAbout`, of a value that has no place in the table of settings. */
export function complaintAgainst(setting: Checked, text: string, subject: string): Complaint | undefined {
  if (/@Microsoft\.(KeyVault|AppConfiguration)\s*\(/i.test(text)) return unresolvedReference(subject);
  if (setting.secret === true && /^\s|\s$|[\r\n]/.test(text)) {
    return {
      problem: "begins or ends with white space, or holds a line break",
      fix: `Store ${subject} again without it; copying from a file or a terminal often adds a line break.`,
    };
  }
  if (PLACEHOLDER.test(text)) {
    return { problem: "is still the placeholder of the example file", fix: formatFixOf(setting, subject) };
  }
  const result = z.safeParse(setting.schema, text);
  if (result.success) return undefined;
  const issue = result.error.issues[0];
  const hint = issue?.code === "custom" ? z.object({ fix: z.string() }).safeParse(issue.params).data?.fix : undefined;
  return { problem: issue?.message ?? "is not valid", fix: hint ?? formatFixOf(setting, subject) };
}

/** "Set LOOKBACK to an ISO 8601 duration, PT0S to P7D; for example PT12H." */
export function formatFix(name: SettingName, subject: string = name): string {
  return formatFixOf(settingsTable[name], subject);
}

export function formatFixOf({ format, example }: Pick<Setting, "format" | "example">, subject: string): string {
  const introduction = example.startsWith("@") ? "in Azure best as a reference:" : "for example";
  return `Set ${subject} to ${format.replaceAll("`", "")}; ${introduction} ${example}.`;
}

export function isSecret(name: SettingName): boolean {
  const setting: Setting = settingsTable[name];
  return setting.secret === true;
}

function unresolvedReference(subject: string): Complaint {
  return {
    problem: "is still the literal text of a Key Vault reference: Azure could not resolve it",
    fix:
      `Check that the app's identity has the role Key Vault Secrets User on the vault, that the vault and secret named in ${subject} exist, ` +
      `and that keyVaultReferenceIdentity names the identity when it is a user-assigned one; then restart the app. ` +
      `References work only in Azure: in local.settings.json write the value itself.`,
  };
}
