// Copies of infra/ that Terraform might well take, and that are open, useless or mute.
import type { Break } from "./break.ts";

const app = "modules/function-app/main.tf";
const storage = "modules/storage/main.tf";
const access = "modules/access/main.tf";
const queries = "modules/alerts/queries";

export const closed: readonly Break[] = [
  {
    what: "shared keys",
    file: storage,
    from: /shared_access_key_enabled( +)= false/,
    to: "shared_access_key_enabled$1= true",
    complaint: "shared_access_key_enabled must be false",
  },
  {
    what: "shared keys by leaving it out",
    file: storage,
    from: /\n *shared_access_key_enabled.*/,
    to: "",
    complaint: "shared_access_key_enabled must be false",
  },
  {
    what: "public blobs",
    file: storage,
    from: /allow_nested_items_to_be_public( +)= false/,
    to: "allow_nested_items_to_be_public$1= true",
    complaint: "allow_nested_items_to_be_public must be false",
  },
  {
    what: "a public container",
    file: storage,
    from: '"private"',
    to: '"blob"',
    complaint: "container_access_type must be private",
  },
  {
    what: "plain HTTP to storage",
    file: storage,
    from: /https_traffic_only_enabled( +)= true/,
    to: "https_traffic_only_enabled$1= false",
    complaint: "https_traffic_only_enabled must be true",
  },
  { what: "old TLS", file: storage, from: "TLS1_2", to: "TLS1_0", complaint: "min_tls_version must be TLS1_2" },
  {
    what: "keys of Event Hubs",
    file: "modules/event-hubs/main.tf",
    from: /local_authentication_enabled( +)= false/,
    to: "local_authentication_enabled$1= true",
    complaint: "local_authentication_enabled must be false",
  },
  {
    what: "keys of Application Insights",
    file: "modules/monitoring/main.tf",
    from: /= false(\n\n {2}# The host samples)/,
    to: "= true$1",
    complaint: "azurerm_application_insights.this: local_authentication_enabled must be false",
  },
  {
    what: "access policies of the vault",
    file: "modules/key-vault/main.tf",
    from: /rbac_authorization_enabled( +)= true/,
    to: "rbac_authorization_enabled$1= false",
    complaint: "rbac_authorization_enabled must be true",
  },
  {
    what: "plain HTTP to the app",
    file: app,
    from: /httpsOnly( +)= true/,
    to: "httpsOnly$1= false",
    complaint: "properties.httpsOnly must be true",
  },
  {
    what: "old TLS of the app",
    file: app,
    from: /minTlsVersion( +)= "1.2"/,
    to: 'minTlsVersion$1= "1.0"',
    complaint: "minTlsVersion must be 1.2",
  },
  {
    what: "a publishing site with rules of its own",
    file: app,
    from: /scmIpSecurityRestrictionsUseMain( +)= .*/,
    to: "scmIpSecurityRestrictionsUseMain$1= false",
    complaint: "scmIpSecurityRestrictionsUseMain must be true",
  },
  {
    what: "publishing with a password",
    file: app,
    from: '["ftp", "scm"]',
    to: '["ftp"]',
    complaint: "publishing with a password (scm) is open",
  },
  {
    what: "publishing with a password allowed",
    file: app,
    from: "allow = false",
    to: "allow = true",
    complaint: "properties.allow must be false",
  },
  {
    what: "a deployment container opened with a key",
    file: app,
    from: '"UserAssignedIdentity"',
    to: '"StorageAccountConnectionString"',
    complaint: "authentication.type must be UserAssignedIdentity",
  },
  {
    what: "references resolved by nobody",
    file: app,
    from: /\n *keyVaultReferenceIdentity.*/,
    to: "",
    complaint: "keyVaultReferenceIdentity is not set",
  },
  {
    what: "a secret in the state",
    file: "modules/key-vault/main.tf",
    from: /$/,
    to: '\nresource "azurerm_key_vault_secret" "password" {\n  name = "p"\n}\n',
    complaint: "azurerm_key_vault_secret is not in the list",
  },
  {
    what: "an authorization rule",
    file: "modules/event-hubs/main.tf",
    from: /$/,
    to: '\nresource "azurerm_eventhub_authorization_rule" "send" {\n  name = "p"\n}\n',
    complaint: "azurerm_eventhub_authorization_rule is not in the list",
  },
];

export const roles: readonly Break[] = [
  {
    what: "a role that does not exist",
    file: access,
    from: "Azure Event Hubs Data Sender",
    to: "Azure Event Hub Data Sender",
    complaint: "is not a role that the bridge needs",
  },
  {
    what: "a role that is far too much",
    file: access,
    from: "Storage Table Data Contributor",
    to: "Owner",
    complaint: "Owner is not a role that the bridge needs",
  },
  {
    what: "a role without a reason",
    file: access,
    from: /# Telemetry is taken.*\n/,
    to: "",
    complaint: "telemetry_write does not say why",
  },
  {
    what: "an app that starts without its roles",
    file: "main.tf",
    from: "depends_on = [module.access, module.mail, module.service_bus, module.container_registry]",
    to: "depends_on = [module.storage]",
    complaint: "module.function_app does not wait for module.access",
  },
  {
    what: "an app that waits for nothing",
    file: "main.tf",
    from: "  depends_on = [module.access, module.mail, module.service_bus, module.container_registry]\n",
    to: "",
    complaint: "module.function_app does not wait for module.access",
  },
];

export const settings: readonly Break[] = [
  {
    what: "a setting that does not exist",
    file: "settings.tf",
    from: "EVENT_HUB_CONSUMER_GROUP",
    to: "EVENT_HUB_GROUP",
    complaint: "EVENT_HUB_GROUP is not a setting of the bridge",
  },
  {
    what: "a required setting left out",
    file: "settings.tf",
    from: /\n *EVENT_HUB_NAME .*/,
    to: "",
    complaint: "EVENT_HUB_NAME is not set",
  },
  {
    what: "a secret that is no reference",
    file: "settings.tf",
    from: /"@Microsoft[^"]*username\}\)"/,
    to: '"bridge@example.com"',
    complaint: "MICROSHARE_USERNAME is a secret and not a Key Vault reference",
  },
  {
    what: "a malformed reference",
    file: "settings.tf",
    from: "SecretUri=${module.key_vault.uri}secrets/${local.secret_names.password}",
    to: "SecretUri=${module.key_vault.uri}/secrets/${local.secret_names.password}",
    complaint: "MICROSHARE_PASSWORD is a secret and not a Key Vault reference",
  },
  {
    what: "a value the bridge refuses",
    file: "modules/storage/main.tf",
    from: '"bridgestate"',
    to: '"bridge-state"',
    complaint: "STATE_TABLE",
  },
  {
    what: "a setting that Flex Consumption refuses",
    file: "settings.tf",
    from: "AZURE_CLIENT_ID   ",
    to: 'FUNCTIONS_WORKER_RUNTIME = "node"\n    AZURE_CLIENT_ID   ',
    complaint: "FUNCTIONS_WORKER_RUNTIME must not be set",
  },
  {
    what: "an empty AzureWebJobsStorage",
    file: "settings.tf",
    from: "AZURE_CLIENT_ID   ",
    to: 'AzureWebJobsStorage = ""\n    AZURE_CLIENT_ID   ',
    complaint: "AzureWebJobsStorage must not be set",
  },
];

export const alerts: readonly Break[] = [
  {
    what: "a bracket too few",
    file: `${queries}/no-run.kql`,
    from: "count()",
    to: "count(",
    complaint: "brackets do not match",
  },
  {
    what: "a table nobody fills",
    file: `${queries}/no-run.kql`,
    from: "AppRequests",
    to: "AppMetrics",
    complaint: "AppMetrics is not a table that the host fills",
  },
  {
    what: "a column the rule does not get",
    file: `${queries}/no-run.kql`,
    from: "Runs =",
    to: "Count =",
    complaint: "there is no column Runs",
  },
  {
    what: "a dimension the rule does not get",
    file: `${queries}/dead-letters.kql`,
    from: "Route =",
    to: "Feed =",
    complaint: "there is no column Route",
  },
  {
    what: "a field no summary line has",
    file: `${queries}/dead-letters.kql`,
    from: "Summary.deadLettered",
    to: "Summary.dead_lettered",
    complaint: "a summary line has no dead_lettered",
  },
  {
    what: "a nested field no summary line has",
    file: `${queries}/api-throttled.kql`,
    from: "Summary.error.code",
    to: "Summary.error.kind",
    complaint: "a summary line has no error.kind",
  },
];
