// What the operator reads when the hubs of a namespace cannot be listed or created.
import { BridgeError } from "../errors.ts";

/** @param host of the namespace. */
export function noTokenError(host: string, cause: unknown): BridgeError {
  return new BridgeError(
    "SINK_UNAUTHORIZED",
    `Event Hubs namespace ${host}: no token to manage its hubs for the app's identity.`,
    {
      fix: "Switch on the managed identity of the function app. For a user-assigned one set AZURE_CLIENT_ID to its client id.",
      cause,
    },
  );
}

export function missingRoleError(host: string, doing: string, said: string): BridgeError {
  return new BridgeError(
    "SINK_UNAUTHORIZED",
    `Event Hubs namespace ${host}: the app's identity may not do this: ${doing} (${said}).`,
    {
      fix:
        "Give the app's identity the role Azure Event Hubs Data Owner on the namespace, or a custom role with " +
        "Microsoft.EventHub/namespaces/eventhubs/read and Microsoft.EventHub/namespaces/eventhubs/write. New roles take " +
        "some minutes. Hubs that were created beforehand work without it.",
    },
  );
}

export function missingManageError(host: string, doing: string, said: string): BridgeError {
  return new BridgeError(
    "SINK_UNAUTHORIZED",
    `Event Hubs namespace ${host}: the key in the connection string may not do this: ${doing} (${said}).`,
    {
      fix:
        "Use the connection string of a shared access policy of the namespace itself (not of one hub) with the Manage " +
        "right, or an identity with the role Azure Event Hubs Data Owner. Hubs that were created beforehand work without it.",
    },
  );
}

export function noNamespaceError(host: string, said: string): BridgeError {
  return new BridgeError("SINK_NOT_FOUND", `Event Hubs namespace ${host}: there is no such namespace (${said}).`, {
    fix: "Correct subscription, resource group and namespace in the settings of the sink.",
  });
}

export function notCreatedError(hub: string, host: string, said: string): BridgeError {
  return new BridgeError("SINK_REFUSED", `Event hub ${hub} on ${host} could not be created (${said}).`, {
    fix:
      "Check the partition count and the retention in the settings of the sink against what the namespace's tier allows: " +
      "Basic 1 day, Standard 7, both 32 partitions.",
  });
}

export function unreadableListError(host: string): BridgeError {
  return new BridgeError("SINK_REFUSED", `Event Hubs namespace ${host}: the list of its hubs cannot be read.`, {
    fix: "The next run tries again. If it stays, look at the namespace in the Azure portal.",
  });
}
