// From the settings of the storage account to one way to reach it.
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { StateSettings, StorageAccess } from "./settings.ts";

type Report = (problem: SettingProblem) => void;

const IDENTITY_FORMS = [
  "AzureWebJobsStorage__accountName",
  "AzureWebJobsStorage__tableServiceUri",
  "AzureWebJobsStorage__blobServiceUri",
] as const;

/** Undefined when it reported a problem, or when one of the settings is wrong in itself. */
export function readState(reader: SettingReader, report: Report): StateSettings | undefined {
  const storage = readStorage(reader, report);
  if (storage === undefined) return undefined;
  return {
    storage,
    table: reader.withDefault("STATE_TABLE"),
    deadLetterContainer: reader.withDefault("DEAD_LETTER_CONTAINER"),
    deadLetterRetentionMs: reader.withDefault("DEAD_LETTER_RETENTION"),
  };
}

function readStorage(reader: SettingReader, report: Report): StorageAccess | undefined {
  const identityForms = IDENTITY_FORMS.filter((name) => reader.isGiven(name));
  if (reader.isGiven("AzureWebJobsStorage")) {
    if (identityForms.length > 0) {
      report({
        setting: "AzureWebJobsStorage",
        problem: `is set together with ${identityForms.join(" and ")}; the host would use the connection string`,
        fix: "For a managed identity delete AzureWebJobsStorage altogether (an empty one can stop the host); for a key remove the other.",
      });
      return undefined;
    }
    const connectionString = reader.optional("AzureWebJobsStorage");
    return connectionString === undefined ? undefined : { kind: "connection-string", connectionString };
  }
  if (identityForms.length === 0) {
    report({
      setting: "AzureWebJobsStorage",
      problem: "is not set, and neither is AzureWebJobsStorage__accountName",
      fix: "Set AzureWebJobsStorage to a connection string (UseDevelopmentStorage=true for Azurite), or AzureWebJobsStorage__accountName to reach the account with an identity.",
    });
    return undefined;
  }
  return readIdentity(reader, report);
}

function readIdentity(reader: SettingReader, report: Report): StorageAccess | undefined {
  const credential = reader.isGiven("AzureWebJobsStorage__credential") ? "managed-identity" : "default";
  if (credential === "default" && reader.isGiven("AzureWebJobsStorage__clientId")) {
    report({
      setting: "AzureWebJobsStorage__clientId",
      problem: "has no effect without AzureWebJobsStorage__credential",
      fix: "Set AzureWebJobsStorage__credential to managedidentity as well.",
    });
    return undefined;
  }
  const tableServiceUrl = serviceUrl(reader, "table", report);
  const blobServiceUrl = serviceUrl(reader, "blob", report);
  if (tableServiceUrl === undefined || blobServiceUrl === undefined) return undefined;
  // As the host does: `managedidentity` without a client id is the system-assigned one, whatever AZURE_CLIENT_ID says.
  const clientId = reader.optional(credential === "default" ? "AZURE_CLIENT_ID" : "AzureWebJobsStorage__clientId");
  return {
    kind: "identity",
    tableServiceUrl,
    blobServiceUrl,
    credential,
    ...(clientId === undefined ? {} : { clientId }),
  };
}

function serviceUrl(reader: SettingReader, service: "table" | "blob", report: Report): string | undefined {
  const setting = `AzureWebJobsStorage__${service}ServiceUri` as const;
  if (reader.isGiven(setting)) return reader.optional(setting);
  if (reader.isGiven("AzureWebJobsStorage__accountName")) {
    const account = reader.optional("AzureWebJobsStorage__accountName");
    return account === undefined ? undefined : `https://${account}.${service}.core.windows.net`;
  }
  report({
    setting,
    problem: `is not set, and the ${service === "table" ? "progress" : "dead letters"} of the bridge need it`,
    fix: `Set ${setting} as well, or set AzureWebJobsStorage__accountName instead of the addresses.`,
  });
  return undefined;
}
