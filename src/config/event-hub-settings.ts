// From the settings of the event hub to one way to reach it.
import type { EventHubConnection } from "./connection-strings.ts";
import { formatFix } from "./check-text.ts";
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { EventHubSettings } from "./settings.ts";

type Report = (problem: SettingProblem) => void;

/** Undefined when it reported a problem, or when one of the settings is wrong in itself. */
export function readEventHub(reader: SettingReader, report: Report): EventHubSettings | undefined {
  const byKey = reader.isGiven("EVENT_HUB_CONNECTION_STRING");
  const byIdentity = reader.isGiven("EVENT_HUB_NAMESPACE");
  if (byKey && byIdentity) {
    report({
      setting: "EVENT_HUB_NAMESPACE",
      problem: "is set together with EVENT_HUB_CONNECTION_STRING",
      fix: "Keep EVENT_HUB_NAMESPACE and EVENT_HUB_NAME for a managed identity, or EVENT_HUB_CONNECTION_STRING for a key; remove the other.",
    });
    return undefined;
  }
  if (!byKey && !byIdentity) {
    report({
      setting: "EVENT_HUB_CONNECTION_STRING",
      problem: "is not set, and neither is EVENT_HUB_NAMESPACE",
      fix: "Set EVENT_HUB_CONNECTION_STRING to the connection string of the event hub, or EVENT_HUB_NAMESPACE and EVENT_HUB_NAME to reach it with a managed identity.",
    });
    return undefined;
  }
  const connection = reader.optional("EVENT_HUB_CONNECTION_STRING");
  const hubName = readHubName(reader, connection, report);
  reportEmulatorInAzure(connection, report);
  const transport = connection?.emulator === true ? "amqp" : reader.withDefault("EVENT_HUB_TRANSPORT");
  const namespace = reader.optional("EVENT_HUB_NAMESPACE");
  const consumerGroup = reader.withDefault("EVENT_HUB_CONSUMER_GROUP");
  const units = reader.optional("EVENT_HUB_THROUGHPUT_UNITS");
  const pace = units === undefined ? {} : { throughputUnits: units };
  if (hubName === undefined) return undefined;
  if (connection !== undefined) {
    const access = { kind: "connection-string", connectionString: connection.connectionString } as const;
    const setting = "EVENT_HUB_CONNECTION_STRING";
    return { hubName, host: connection.host, setting, access, transport, consumerGroup, ...pace };
  }
  if (namespace === undefined) return undefined;
  const host = fullHost(namespace);
  const clientId = reader.optional("AZURE_CLIENT_ID");
  const access = { kind: "identity", namespace: host, ...(clientId === undefined ? {} : { clientId }) } as const;
  return { hubName, host, setting: "EVENT_HUB_NAMESPACE", access, transport, consumerGroup, ...pace };
}

function readHubName(
  reader: SettingReader,
  connection: EventHubConnection | undefined,
  report: Report,
): string | undefined {
  const named = reader.optional("EVENT_HUB_NAME");
  if (reader.isWrong("EVENT_HUB_NAME") || reader.isWrong("EVENT_HUB_CONNECTION_STRING")) return undefined;
  if (named !== undefined && connection?.hubName !== undefined && named !== connection.hubName) {
    report({
      setting: "EVENT_HUB_NAME",
      problem: "differs from the EntityPath in EVENT_HUB_CONNECTION_STRING",
      fix: "Remove EVENT_HUB_NAME, or take the connection string of the event hub that is meant.",
    });
    return undefined;
  }
  const hubName = connection?.hubName ?? named;
  if (hubName === undefined) {
    report({
      setting: "EVENT_HUB_NAME",
      problem:
        connection === undefined
          ? "is not set, and EVENT_HUB_NAMESPACE needs it"
          : "is not set, and EVENT_HUB_CONNECTION_STRING has no EntityPath",
      fix:
        connection === undefined
          ? formatFix("EVENT_HUB_NAME")
          : "Take the connection string from the event hub itself instead of its namespace (it then ends with EntityPath), or set EVENT_HUB_NAME.",
    });
  }
  return hubName;
}

/** The SDK decides about TLS by the connection string alone, and to a host in Azure it would fail without a clear word. */
function reportEmulatorInAzure(connection: EventHubConnection | undefined, report: Report): void {
  if (connection?.emulator !== true || !connection.host.endsWith(AZURE_SUFFIX)) return;
  report({
    setting: "EVENT_HUB_CONNECTION_STRING",
    problem: "has UseDevelopmentEmulator=true, but names a host in Azure, which refuses plain TCP",
    fix: "Take UseDevelopmentEmulator out of EVENT_HUB_CONNECTION_STRING.",
  });
}

export const AZURE_SUFFIX = ".servicebus.windows.net";

/** `evhns-example` is short for its host in the public cloud; a name with a dot or port, and localhost, are complete. */
export function fullHost(namespace: string): string {
  return /[.:]/.test(namespace) || namespace === "localhost" ? namespace : `${namespace}${AZURE_SUFFIX}`;
}
