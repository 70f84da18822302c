// Where a hub is and how to log in: checked here, as the SDK's own errors repeat the whole connection string.
import type { TokenCredential } from "@azure/identity";
import { BridgeError } from "../errors.ts";
import { connectionStringParts, hasLogin, isForEmulator, namespaceHost } from "./connection-string.ts";

/**
 * Either a connection string (its `EntityPath` or `hub` names the hub), or a namespace with an identity. `setting` is what
 * the operator is told to correct; by default that of the single hub.
 */
export type HubConnectionOptions = { readonly setting?: string } & (
  | { readonly connectionString: string; readonly hub?: string }
  | { readonly namespace: string; readonly hub: string; readonly credential: TokenCredential }
);

export interface HubAddress {
  /** Host of the namespace, with the port when it names one. */
  readonly host: string;
  readonly hub: string;
  /** Set by `UseDevelopmentEmulator=true`: plain TCP instead of TLS. */
  readonly plainTcp: boolean;
  /** What the operator set; named in every `fix`. */
  readonly setting: string;
  readonly withIdentity: boolean;
}

/** Throws `SETTINGS_INVALID`. No part of the connection string appears in the error. */
export function readHubAddress(options: HubConnectionOptions): HubAddress {
  if ("namespace" in options) {
    const { namespace: host, hub, setting = "EVENT_HUB_NAMESPACE" } = options;
    return { host, hub, plainTcp: false, setting, withIdentity: true };
  }
  const { setting = "EVENT_HUB_CONNECTION_STRING" } = options;
  const invalid = (what: string): BridgeError => unusable(what, setting);
  const parts = connectionStringParts(options.connectionString);
  const host = namespaceHost(parts.get("endpoint"));
  if (host === undefined) throw invalid("has no Endpoint=sb://<namespace>.servicebus.windows.net/");
  if (!hasLogin(parts)) {
    throw invalid("has neither SharedAccessKeyName with SharedAccessKey nor SharedAccessSignature");
  }
  const inString = parts.get("entitypath");
  if (inString !== undefined && options.hub !== undefined && inString !== options.hub) {
    throw invalid(`names the hub ${inString} as EntityPath, but EVENT_HUB_NAME is ${options.hub}`);
  }
  const hub = inString ?? options.hub;
  if (hub === undefined || hub === "") throw invalid("has no EntityPath=<hub>, and EVENT_HUB_NAME is not set");
  return { host, hub, plainTcp: isForEmulator(parts), setting, withIdentity: false };
}

function unusable(what: string, setting: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `The Event Hubs connection string ${what}.`, {
    fix:
      "Copy the connection string of a shared access policy with the Send right on the event hub itself into " +
      `${setting}; it then ends with EntityPath=<hub>.`,
  });
}
