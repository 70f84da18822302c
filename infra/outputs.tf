# What DEPLOYMENT.md and azd need to know afterwards. None of it is a secret.

output "resource_group_name" {
  description = "Resource group of everything."
  value       = azurerm_resource_group.this.name
}

output "function_app_name" {
  description = "Name for `func azure functionapp publish`; null on Container Apps."
  value       = local.in_containers ? null : module.function_app["this"].name
}

output "function_app_host_name" {
  description = "Host name of the function app; null on Container Apps."
  value       = local.in_containers ? null : module.function_app["this"].host_name
}

output "key_vault_name" {
  description = "Vault that the Microshare secrets are entered into."
  value       = module.key_vault.name
}

output "secret_names" {
  description = "Names of the secrets to enter."
  value = concat(
    var.microshare_auth_mode == "web" ? [local.secret_names.username, local.secret_names.password] : values(local.secret_names),
    var.webhook_signature_enabled ? ["webhook-secret"] : [],
    var.iot_hub_enabled ? ["iot-hub-connection-string"] : [],
    local.in_containers && local.has_callers ? ["host-function-key"] : [],
  )
}

output "event_hub_namespace" {
  description = "Host name of the Event Hubs namespace."
  value       = module.event_hubs.host_name
}

output "event_hub_name" {
  description = "The event hub that consumers read."
  value       = module.event_hubs.hub_name
}

output "event_hub_id" {
  description = "Resource id of the event hub, as the scope for the role Azure Event Hubs Data Receiver of your consumers."
  value       = module.event_hubs.hub_id
}

output "storage_account_name" {
  description = "Storage account with the progress, the run history and the dead letters."
  value       = module.storage.name
}

output "identity_client_id" {
  description = "Client id of the identity that the app runs as."
  value       = module.identity.client_id
}

output "identity_principal_id" {
  description = "Object id of the identity, for further role assignments."
  value       = module.identity.principal_id
}

output "log_workspace_id" {
  description = "Customer id (GUID) of the log workspace, for `az monitor log-analytics query --workspace`."
  value       = module.monitoring.workspace_guid
}

output "application_insights_name" {
  description = "Name of the Application Insights component."
  value       = module.monitoring.application_insights_name
}

output "network_id" {
  description = "The virtual network, for peerings with those that publish from; null without one."
  value       = var.network_enabled ? module.network["this"].id : null
}

output "archive_storage_account_name" {
  description = "Storage account of the archive; null without one."
  value       = var.archive_enabled ? module.archive["this"].storage_account_name : null
}

output "mail_verification_records" {
  description = "DNS records to enter for mail_domain; null without a domain of your own."
  value       = var.mail_enabled && var.mail_domain != null ? module.mail["this"].verification_records : null
}

output "webhook_url" {
  description = "Where callers post webhooks to, with a function key; null without the webhook."
  value       = var.webhook_enabled ? "https://${local.in_containers ? module.container_app["this"].host_name : module.function_app["this"].host_name}/api/webhook" : null
}

output "service_bus_namespace" {
  description = "Host name of the Service Bus namespace; null without one."
  value       = local.has_service_bus ? module.service_bus["this"].host_name : null
}

output "iot_hub_name" {
  description = "Name of the IoT hub, for `az iot hub connection-string show`; null without one."
  value       = var.iot_hub_enabled ? module.iot_hub["this"].name : null
}

output "container_registry_name" {
  description = "Registry that the image is put into; null without containers."
  value       = local.in_containers ? module.container_registry["this"].name : null
}

output "container_app_name" {
  description = "Name of the container app; null without containers."
  value       = local.in_containers ? module.container_app["this"].name : null
}

output "container_app_domain" {
  description = "Domain of the environment, for a private zone where app_public_network_access_enabled = false; null without containers."
  value       = local.in_containers ? module.container_app["this"].default_domain : null
}

output "container_app_address" {
  description = "Address of the balancer, for the record * in that zone; null without containers."
  value       = local.in_containers ? module.container_app["this"].static_ip_address : null
}

# For azd, which takes outputs over into its environment by their names.

output "AZURE_LOCATION" {
  description = "For azd: the region."
  value       = azurerm_resource_group.this.location
}

output "AZURE_RESOURCE_GROUP" {
  description = "For azd: the resource group it looks for the service in."
  value       = azurerm_resource_group.this.name
}

output "AZURE_KEY_VAULT_NAME" {
  description = "For azd: the vault."
  value       = module.key_vault.name
}

output "SERVICE_BRIDGE_NAME" {
  description = "For azd: the function app of the service `bridge`; null on Container Apps, which azd does not deploy to here."
  value       = local.in_containers ? null : module.function_app["this"].name
}
