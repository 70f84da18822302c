// Whether everything is closed that can be: no keys, no anonymous access, no old TLS, no secret in the state.
import type { PlannedResource } from "./plan.ts";
import { textOf, isList, isObject, type Value } from "./values.ts";

/** What must be so, by resource type. Where nothing is written the provider's default may be the open one. */
const MUST_BE: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  azurerm_storage_account: {
    shared_access_key_enabled: false,
    default_to_oauth_authentication: true,
    allow_nested_items_to_be_public: false,
    cross_tenant_replication_enabled: false,
    local_user_enabled: false,
    https_traffic_only_enabled: true,
    min_tls_version: "TLS1_2",
  },
  azurerm_storage_container: { container_access_type: "private" },
  azurerm_eventhub_namespace: { local_authentication_enabled: false, minimum_tls_version: "1.2" },
  azurerm_servicebus_namespace: { local_auth_enabled: false, minimum_tls_version: "1.2" },
  azurerm_servicebus_queue: { requires_duplicate_detection: true },
  azurerm_servicebus_topic: { requires_duplicate_detection: true },
  "Microsoft.Devices/IotHubs": { "properties.minTlsVersion": "1.2" },
  azurerm_container_registry: { admin_enabled: false, anonymous_pull_enabled: false },
  azurerm_container_app: { revision_mode: "Single" },
  azurerm_container_app_environment: { logs_destination: "azure-monitor" },
  azurerm_key_vault: {
    rbac_authorization_enabled: true,
    enabled_for_deployment: false,
    enabled_for_disk_encryption: false,
    enabled_for_template_deployment: false,
  },
  azurerm_email_communication_service_domain: { user_engagement_tracking_enabled: false },
  azurerm_log_analytics_workspace: { local_authentication_enabled: false },
  azurerm_application_insights: { local_authentication_enabled: false },
  "Microsoft.Web/sites": {
    "properties.httpsOnly": true,
    "properties.siteConfig.minTlsVersion": "1.2",
    "properties.siteConfig.scmMinTlsVersion": "1.2",
    "properties.siteConfig.remoteDebuggingEnabled": false,
    "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
  },
  azurerm_stream_analytics_stream_input_eventhub_v2: { authentication_mode: "Msi" },
  azurerm_stream_analytics_output_blob: { authentication_mode: "Msi" },
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies": { "properties.allow": false },
};

/** Types whose very existence puts a secret into the state or hands out a key. */
const FORBIDDEN =
  /^azurerm_(key_vault_(secret|certificate|key)|\w*authorization_rule|function_app_flex_consumption|iothub)$|^(random_password|tls_private_key)$/;

export function checkSecurity(resources: readonly PlannedResource[]): readonly string[] {
  return [
    ...resources.flatMap(openSettings),
    ...resources
      .filter(({ type }) => FORBIDDEN.test(type))
      .map(({ address }) => `${address}: must not be made by Terraform`),
    ...basicPublishing(resources),
    ...identities(resources),
    ...captures(resources),
    ...openPublishing(resources),
  ];
}

function openSettings({ address, type, values }: PlannedResource): readonly string[] {
  const isRequest = type.startsWith("azapi_");
  const [requestType = ""] = textOf(values["type"]).split("@");
  const rules = Object.entries(MUST_BE[isRequest ? requestType : type] ?? {});
  return rules
    .filter(([path, wanted]) => valueAt(isRequest ? values["body"] : values, path) !== wanted)
    .map(([path, wanted]) => `${address}: ${path} must be ${textOf(wanted)}`);
}

/** An app takes user names and passwords for publishing unless each of the two ways is closed. */
function basicPublishing(resources: readonly PlannedResource[]): readonly string[] {
  const named = (type: string): readonly PlannedResource[] =>
    resources.filter(({ values }) => textOf(values["type"]).startsWith(`${type}@`));
  const closed = named("Microsoft.Web/sites/basicPublishingCredentialsPolicies").map(({ values }) => values["name"]);
  return named("Microsoft.Web/sites").flatMap(({ address }) =>
    ["ftp", "scm"]
      .filter((way) => !closed.includes(way))
      .map((way) => `${address}: publishing with a password (${way}) is open`),
  );
}

/** The platform resolves references as the system identity unless told otherwise, and there is none. */
function identities(resources: readonly PlannedResource[]): readonly string[] {
  return resources
    .filter(({ values }) => textOf(values["type"]).startsWith("Microsoft.Web/sites@"))
    .filter(({ values }) => valueAt(values["body"], "properties.keyVaultReferenceIdentity") === undefined)
    .map(({ address }) => `${address}: properties.keyVaultReferenceIdentity is not set`);
}

function siteConfig({ values }: PlannedResource, name: string): Value | undefined {
  return valueAt(values["body"], `properties.siteConfig.${name}`);
}

/** The site that is published through has the rules of the app, or rules of its own that let in nobody else. */
function openPublishing(resources: readonly PlannedResource[]): readonly string[] {
  return resources
    .filter(({ values }) => textOf(values["type"]).startsWith("Microsoft.Web/sites@"))
    .filter(
      (site) =>
        siteConfig(site, "scmIpSecurityRestrictionsUseMain") !== true &&
        siteConfig(site, "scmIpSecurityRestrictionsDefaultAction") !== "Deny",
    )
    .map(({ address }) => `${address}: the publishing site is open: scmIpSecurityRestrictionsUseMain must be true`);
}

/** Without an identity capture takes the key of the account, which is switched off. */
function captures(resources: readonly PlannedResource[]): readonly string[] {
  return resources
    .filter(({ values }) => isObject(valueAt(values["body"], "properties.captureDescription")))
    .filter(({ values }) => !isObject(valueAt(values["body"], "properties.captureDescription.destination.identity")))
    .map(({ address }) => `${address}: captures with the key of the account`);
}

export function valueAt(value: Value | undefined, path: string): Value | undefined {
  return path.split(".").reduce<Value | undefined>((found, step) => {
    if (isList(found)) return found[Number(step)];
    return isObject(found) ? found[step] : undefined;
  }, value);
}
