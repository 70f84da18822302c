// Copies of infra/ whose further sinks are open, repeat, or never get anything.
import type { Break } from "./break.ts";

const bus = "modules/service-bus/main.tf";

export const sinks: readonly Break[] = [
  {
    what: "keys of Service Bus",
    file: bus,
    from: /local_auth_enabled( +)= false/,
    to: "local_auth_enabled$1= true",
    complaint: "local_auth_enabled must be false",
  },
  {
    what: "a queue that takes repeats",
    file: bus,
    from: /(azurerm_servicebus_queue[\s\S]*?requires_duplicate_detection +)= true/,
    to: "$1= false",
    complaint: "azurerm_servicebus_queue.webhook",
  },
  {
    what: "a role that may do everything in the namespace",
    file: bus,
    from: "Azure Service Bus Data Sender",
    to: "Azure Service Bus Data Owner",
    complaint: "is not a role that the bridge needs",
  },
  {
    what: "a sink of a kind that there is not",
    file: "sinks.tf",
    from: 'kind = "iot-hub"',
    to: 'kind = "iot"',
    complaint: "SINKS",
  },
  {
    what: "a webhook that writes to no sink",
    file: "sinks.tf",
    from: 'WEBHOOK_SINK = "webhook-queue"',
    to: 'WEBHOOK_SINK = "webhook"',
    complaint: "WEBHOOK_SINK",
  },
  {
    what: "a connection string in the settings",
    file: "sinks.tf",
    from: /"@Microsoft\.KeyVault\(SecretUri=\$\{module\.key_vault\.uri\}secrets\/iot-hub-connection-string\)"/,
    to: '"${module.key_vault.uri}"',
    complaint: "IOT_HUB_CONNECTION_STRING is a secret and not a Key Vault reference",
  },
];
