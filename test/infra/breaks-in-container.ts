// Copies of infra/ whose container app is open where it must not be, or does not run as the bridge needs it.
import type { Break } from "./break.ts";

const app = "modules/container-app/main.tf";
const registry = "modules/container-registry/main.tf";

export const container: readonly Break[] = [
  {
    what: "a registry with a user and a password",
    file: registry,
    from: /admin_enabled( +)= false/,
    to: "admin_enabled$1= true",
    complaint: "admin_enabled must be false",
  },
  {
    what: "an identity that may write images",
    file: registry,
    from: '"AcrPull"',
    to: '"AcrPush"',
    complaint: "AcrPush is not a role that the bridge needs",
  },
  {
    what: "a pull with a password",
    file: app,
    from: /server( +)= var.registry_server\n *identity = var.identity_id/,
    to: "server$1= var.registry_server\n    username = var.identity_id",
    complaint: "pulls its image with a password",
  },
  {
    what: "a secret with its value in Terraform",
    file: app,
    from: "key_vault_secret_id = secret.value",
    to: "value = secret.value",
    complaint: "from elsewhere than the vault",
  },
  {
    what: "a secret as a plain setting",
    file: "container.tf",
    from: '{ for name, value in local.app_settings : name => value if startswith(value, "@Microsoft.KeyVault(") == false }',
    to: "local.app_settings",
    complaint: "is given twice",
  },
  {
    what: "calls without TLS",
    file: app,
    from: "allow_insecure_connections = false",
    to: "allow_insecure_connections = true",
    complaint: "takes calls without TLS",
  },
  {
    what: "callers without a key",
    file: "container.tf",
    from: "HOST_FUNCTION_KEY =",
    to: "MICROSHARE_SCOPE =",
    complaint: "asks its callers for no key",
  },
  {
    what: "nothing that listens for callers",
    file: "container.tf",
    from: /serves_callers( +)= local.has_callers/,
    to: "serves_callers$1= local.has_callers == false",
    complaint: "has no ingress for its callers",
  },
  {
    what: "no replica at night",
    file: app,
    from: "min_replicas = 1",
    to: "min_replicas = 0",
    complaint: "no timer fires",
  },
  {
    what: "traffic to several revisions",
    file: app,
    from: '"Single"',
    to: '"Multiple"',
    complaint: "revision_mode must be Single",
  },
  {
    what: "a probe of what is not there",
    file: app,
    from: 'path                    = "/api/live"\n        interval_seconds        = 30',
    to: 'path                    = "/"\n        interval_seconds        = 30',
    complaint: "no liveness_probe on /api/live",
  },
  {
    what: "logs sent with the key of the workspace",
    file: app,
    from: '"azure-monitor"',
    to: '"log-analytics"',
    complaint: "logs_destination must be azure-monitor",
  },
  {
    what: "an app that starts before its identity may pull",
    file: "container.tf",
    from: ", module.container_registry]",
    to: "]",
    complaint: "module.container_app does not wait for module.container_registry",
  },
];

/** In a closed network. */
export const closedContainer: readonly Break[] = [
  {
    what: "a registry that nobody reaches",
    file: "network.tf",
    from: '{ images = module.container_registry["this"].id }',
    to: "{ images = module.storage.id }",
    complaint: "azurerm_container_registry.this: closed, and without a private endpoint to its registry",
  },
  {
    what: "an environment outside of the network",
    file: app,
    from: "= var.subnet_id",
    to: "= var.in_network ? null : var.subnet_id",
    complaint: "not in the network of what is closed to all others",
  },
  {
    what: "an environment with a public balancer",
    file: app,
    from: "var.in_network && var.public_network_access_enabled == false",
    to: "var.in_network && var.public_network_access_enabled",
    complaint: "contradict each other",
  },
];
