// Copies of infra/ in which a closed network shuts out those who have to get in, or lets in those who must not.
import type { Break } from "./break.ts";

const tenant = "network.tf";
const archive = "modules/archive/main.tf";

export const network: readonly Break[] = [
  {
    what: "a vault that nobody reaches",
    file: tenant,
    from: /\n *secrets += module.key_vault.id\n {4}\},\n {4}local/,
    to: "\n    },\n    local",
    complaint: "azurerm_key_vault.this: closed, and without a private endpoint to its vault",
  },
  {
    what: "state that nobody reaches",
    file: tenant,
    from: /\n *tables += module.storage.id\n *events/,
    to: "\n      events",
    complaint: "module.storage.azurerm_storage_account.this: closed, and without a private endpoint to its table",
  },
  {
    what: "an archive that nobody reaches",
    file: tenant,
    from: 'archive = module.archive["this"].storage_account_id',
    to: "archive = module.storage.id",
    complaint:
      'module.archive["this"].azurerm_storage_account.this: closed, and without a private endpoint to its blob',
  },
  {
    what: "an app outside of the network",
    file: "main.tf",
    from: 'var.network_enabled ? module.network["this"].app_subnet_id : null',
    to: "null",
    complaint: "not in the network of what is closed to all others",
  },
  {
    what: "an app that goes past the network",
    file: "modules/function-app/main.tf",
    from: /vnetRouteAllEnabled( +)= var.in_network/,
    to: "vnetRouteAllEnabled$1= !var.in_network",
    complaint: "not all of its traffic goes through it",
  },
  {
    what: "an app that nobody can publish",
    file: "modules/app-endpoint/main.tf",
    from: '["sites"]',
    to: '["other"]',
    complaint: "without a private endpoint nobody can publish it",
  },
  {
    what: "an archive opened with a key",
    file: archive,
    from: /shared_access_key_enabled( +)= false/,
    to: "shared_access_key_enabled$1= true",
    complaint: 'module.archive["this"].azurerm_storage_account.this: shared_access_key_enabled must be false',
  },
  {
    what: "a capture that writes with a key",
    file: archive,
    from: /identity = \{[^}]*\}\n *properties = \{/,
    to: "properties = {\ndataLakeFolderPath = var.capture_identity_id",
    complaint: "captures with the key of the account",
  },
  {
    what: "a job that reads with a key",
    file: "modules/archive/json.tf",
    from: 'authentication_mode          = "Msi"',
    to: 'authentication_mode          = "ConnectionString"',
    complaint: "authentication_mode must be Msi",
  },
];
