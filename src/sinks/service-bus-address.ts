// Where a queue or topic is and how to log in.
import type { TokenCredential } from "@azure/identity";
import { BridgeError } from "../errors.ts";
import { connectionStringParts, hasLogin, isForEmulator, namespaceHost } from "./connection-string.ts";

/** `entity` is the name of a queue or topic: the SDK sends to both alike. `setting` is what the operator is told to correct. */
export type ServiceBusConnection =
  | { readonly connectionString: string; readonly entity?: string; readonly setting: string }
  | {
      readonly namespace: string;
      readonly entity: string;
      readonly credential: TokenCredential;
      readonly setting: string;
    };

export interface ServiceBusAddress {
  /** Host of the namespace, with the port when it names one. */
  readonly host: string;
  readonly entity: string;
  /** Set by `UseDevelopmentEmulator=true`: plain TCP instead of TLS. */
  readonly plainTcp: boolean;
  readonly setting: string;
  readonly withIdentity: boolean;
}

/** Throws `SETTINGS_INVALID`. No part of the connection string but the name of the entity appears in the error. */
export function readServiceBusAddress(connection: ServiceBusConnection): ServiceBusAddress {
  const { setting } = connection;
  if ("namespace" in connection) {
    return { host: connection.namespace, entity: connection.entity, plainTcp: false, setting, withIdentity: true };
  }
  const parts = connectionStringParts(connection.connectionString);
  const host = namespaceHost(parts.get("endpoint"));
  if (host === undefined) throw invalid(setting, "has no Endpoint=sb://<namespace>.servicebus.windows.net/");
  if (!hasLogin(parts)) {
    throw invalid(setting, "has neither SharedAccessKeyName with SharedAccessKey nor SharedAccessSignature");
  }
  const inString = parts.get("entitypath");
  const named = connection.entity;
  // Names do not differ by case, but the SDK compares them letter by letter.
  if (inString !== undefined && named !== undefined && inString !== named) {
    throw invalid(setting, `names ${inString} as EntityPath, but the sink names ${named}`);
  }
  const entity = inString ?? named;
  if (entity === undefined || entity === "") {
    throw invalid(setting, "has no EntityPath=<queue or topic>, and the sink names none");
  }
  return { host, entity, plainTcp: isForEmulator(parts), setting, withIdentity: false };
}

function invalid(setting: string, what: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `The Service Bus connection string in ${setting} ${what}.`, {
    fix:
      `Copy the connection string of a shared access policy with the Send right on the queue or topic itself into ` +
      `${setting}; it then ends with EntityPath=<queue or topic>.`,
  });
}
