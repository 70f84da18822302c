# The bridge in Azure: one resource group with everything it needs, and nothing that holds a key.
resource "azurerm_resource_group" "this" {
  name     = coalesce(var.resource_group_name, "rg-${local.name}")
  location = var.location
  tags     = local.tags
}

module "identity" {
  source = "./modules/identity"

  name                = "id-${local.name}"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

module "storage" {
  source = "./modules/storage"

  name                          = "stmicroshare${local.suffix}"
  location                      = azurerm_resource_group.this.location
  resource_group_name           = azurerm_resource_group.this.name
  replication_type              = var.storage_replication_type
  public_network_access_enabled = var.public_network_access_enabled
  tags                          = local.tags
}

module "event_hubs" {
  source = "./modules/event-hubs"

  namespace_name                = "evhns-${local.name}-${local.suffix}"
  hub_name                      = var.event_hub_name
  location                      = azurerm_resource_group.this.location
  resource_group_name           = azurerm_resource_group.this.name
  sku                           = var.event_hub_sku
  capacity                      = var.event_hub_capacity
  maximum_throughput_units      = var.event_hub_maximum_throughput_units
  partition_count               = var.event_hub_partition_count
  retention_hours               = var.event_hub_retention_hours
  public_network_access_enabled = var.public_network_access_enabled
  identity_ids                  = var.archive_enabled ? [module.capture_identity["this"].id] : []
  tags                          = local.tags
}

module "key_vault" {
  source = "./modules/key-vault"

  name                          = "kv-microshare-${local.suffix}"
  location                      = azurerm_resource_group.this.location
  resource_group_name           = azurerm_resource_group.this.name
  tenant_id                     = data.azurerm_client_config.current.tenant_id
  purge_protection_enabled      = var.key_vault_purge_protection_enabled
  public_network_access_enabled = var.public_network_access_enabled
  tags                          = local.tags
}

module "monitoring" {
  source = "./modules/monitoring"

  name                = local.name
  suffix              = local.suffix
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  retention_days      = var.log_retention_days
  daily_cap_gb        = var.log_daily_cap_gb
  tags                = local.tags
}

module "access" {
  source = "./modules/access"

  principal_id              = module.identity.principal_id
  storage_account_id        = module.storage.id
  event_hub_id              = module.event_hubs.hub_id
  key_vault_id              = module.key_vault.id
  application_insights_id   = module.monitoring.application_insights_id
  secret_officer_object_ids = var.secret_officer_object_ids
}

module "function_app" {
  source   = "./modules/function-app"
  for_each = toset(local.in_containers ? [] : ["this"])

  name                   = "func-microshare-${local.suffix}"
  plan_name              = "asp-${local.name}"
  location               = azurerm_resource_group.this.location
  resource_group_name    = azurerm_resource_group.this.name
  resource_group_id      = azurerm_resource_group.this.id
  identity_id            = module.identity.id
  deployment_container   = module.storage.deployment_container_url
  app_settings           = local.app_settings
  instance_memory_mb     = var.instance_memory_mb
  maximum_instance_count = var.maximum_instance_count
  allowed_ip_ranges      = var.app_allowed_ip_ranges
  publish_ip_ranges      = var.publish_allowed_ip_ranges
  in_network             = var.network_enabled
  subnet_id              = var.network_enabled ? module.network["this"].app_subnet_id : null
  tags                   = merge(local.tags, { "azd-service-name" = "bridge" })

  public_network_access_enabled = var.app_public_network_access_enabled

  # The host opens its storage and resolves the Key Vault references while it starts: without its roles it would fail,
  # and keep the failure for as long as its token is cached.
  depends_on = [module.access, module.mail, module.service_bus, module.container_registry]
}

module "alerts" {
  source = "./modules/alerts"

  name                  = local.name
  location              = azurerm_resource_group.this.location
  resource_group_name   = azurerm_resource_group.this.name
  workspace_id          = module.monitoring.workspace_id
  # The rules read what the Functions host writes; in a container the notices by e-mail take their place.
  enabled               = var.alerts_enabled && local.in_containers == false
  email_addresses       = var.alert_email_addresses
  webhook_urls          = var.alert_webhook_urls
  watermark_lag_minutes = var.watermark_lag_minutes
  no_run_window         = var.no_run_window
  tags                  = local.tags
}

# Before there was a choice.
moved {
  from = module.function_app
  to   = module.function_app["this"]
}

data "azurerm_client_config" "current" {}

locals {
  name = "microshare-${var.environment_name}"
  # Some names must be the only ones of their kind in all of Azure. The same inputs give the same names for ever.
  suffix = substr(sha256("${var.subscription_id}/${var.environment_name}/${var.location}"), 0, 6)
  # azd finds what belongs to an environment by this tag.
  tags = merge(var.tags, { "azd-env-name" = var.environment_name })
}
