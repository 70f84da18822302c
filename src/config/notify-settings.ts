// From the settings of e-mail to one way to send it, or to nothing when it is switched off.
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { NotifySettings } from "./settings.ts";

type Report = (problem: SettingProblem) => void;

/** Undefined when NOTIFY is off, and when it reported a problem or one of the settings is wrong in itself. */
export function readNotify(reader: SettingReader, report: Report): NotifySettings | undefined {
  if (reader.withDefault("NOTIFY") === "off") return undefined;
  const access = readAccess(reader, report);
  const sender = needed(reader, "NOTIFY_SENDER", "a MailFrom address of the resource's domain", report);
  const allowed = needed(
    reader,
    "NOTIFY_ALLOWED_RECIPIENTS",
    "the addresses and domains that may be written to",
    report,
  );
  if (access === undefined || sender === undefined || allowed === undefined) return undefined;
  return {
    access,
    sender,
    allowed,
    mailsPerMinute: reader.withDefault("NOTIFY_MAILS_PER_MINUTE"),
    mailsPerHour: reader.withDefault("NOTIFY_MAILS_PER_HOUR"),
    requestsPerMinute: reader.withDefault("NOTIFY_REQUESTS_PER_MINUTE"),
  };
}

function readAccess(reader: SettingReader, report: Report): NotifySettings["access"] | undefined {
  const withKey = reader.isGiven("NOTIFY_CONNECTION_STRING");
  if (withKey && reader.isGiven("NOTIFY_ENDPOINT")) {
    report({
      setting: "NOTIFY_ENDPOINT",
      problem: "is set together with NOTIFY_CONNECTION_STRING",
      fix: "Keep NOTIFY_ENDPOINT to send with the app's identity, or NOTIFY_CONNECTION_STRING to send with a key.",
    });
    return undefined;
  }
  if (withKey) {
    const connection = reader.optional("NOTIFY_CONNECTION_STRING");
    return connection && { kind: "key", ...connection };
  }
  const endpoint = reader.optional("NOTIFY_ENDPOINT");
  if (endpoint === undefined) {
    if (reader.isWrong("NOTIFY_ENDPOINT")) return undefined;
    report({
      setting: "NOTIFY_CONNECTION_STRING",
      problem: "is not set, and neither is NOTIFY_ENDPOINT, and NOTIFY=on needs one of them",
      fix: "Set NOTIFY_ENDPOINT to the address of the Communication Services resource, or NOTIFY_CONNECTION_STRING to its connection string, or set NOTIFY to off.",
    });
    return undefined;
  }
  const clientId = reader.optional("AZURE_CLIENT_ID");
  return { kind: "identity", endpoint, ...(clientId === undefined ? {} : { clientId }) };
}

function needed<Name extends "NOTIFY_SENDER" | "NOTIFY_ALLOWED_RECIPIENTS">(
  reader: SettingReader,
  setting: Name,
  what: string,
  report: Report,
): ReturnType<typeof reader.optional<Name>> {
  if (!reader.isGiven(setting)) {
    report({
      setting,
      problem: "is not set, and NOTIFY=on needs it",
      fix: `Set ${setting} to ${what}, or set NOTIFY to off.`,
    });
  }
  return reader.optional(setting);
}
