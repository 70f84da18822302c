# What a locked-down tenant asks for: private addresses, an archive of its own, logs for those who watch, a budget.
module "network" {
  source   = "./modules/network"
  for_each = toset(var.network_enabled ? ["this"] : [])

  name                = local.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  address_space       = var.network_address_space
  create_dns_zones    = var.create_private_dns_zones
  tags                = local.tags

  targets = merge(
    {
      blobs   = module.storage.id
      tables  = module.storage.id
      events  = module.event_hubs.namespace_id
      secrets = module.key_vault.id
    },
    local.has_service_bus && var.service_bus_sku == "Premium" ? { messages = module.service_bus["this"].namespace_id } : {},
    local.in_containers && var.public_network_access_enabled == false ? { images = module.container_registry["this"].id } : {},
    var.archive_enabled ? { archive = module.archive["this"].storage_account_id } : {},
  )
}

# Not among the targets of the network: the app is in the network before it can be reached through it.
module "app_endpoint" {
  source   = "./modules/app-endpoint"
  for_each = toset(var.network_enabled && local.in_containers == false ? ["this"] : [])

  name                = local.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  subnet_id           = module.network["this"].endpoint_subnet_id
  dns_zone_ids        = module.network["this"].app_dns_zone_ids
  app_id              = module.function_app["this"].id
  tags                = local.tags
}

module "capture_identity" {
  source   = "./modules/identity"
  for_each = toset(var.archive_enabled ? ["this"] : [])

  name                = "id-${local.name}-capture"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

module "archive" {
  source   = "./modules/archive"
  for_each = toset(var.archive_enabled ? ["this"] : [])

  name                          = local.name
  storage_account_name          = "starchive${local.suffix}"
  location                      = azurerm_resource_group.this.location
  resource_group_name           = azurerm_resource_group.this.name
  replication_type              = var.storage_replication_type
  public_network_access_enabled = var.public_network_access_enabled
  retention_days                = var.archive_retention_days
  event_hub_id                  = module.event_hubs.hub_id
  event_hub_name                = module.event_hubs.hub_name
  namespace_name                = module.event_hubs.namespace_name
  json_enabled                  = var.archive_json_enabled
  capture_identity_id           = module.capture_identity["this"].id
  capture_principal_id          = module.capture_identity["this"].principal_id
  tags                          = local.tags
}

module "diagnostics" {
  source   = "./modules/diagnostics"
  for_each = toset(var.diagnostics_enabled ? ["this"] : [])

  workspace_id       = var.siem_event_hub_rule_id == null && var.siem_storage_account_id == null ? coalesce(var.siem_workspace_id, module.monitoring.workspace_id) : var.siem_workspace_id
  event_hub_rule_id  = var.siem_event_hub_rule_id
  event_hub_name     = var.siem_event_hub_name
  storage_account_id = var.siem_storage_account_id

  targets = {
    events  = module.event_hubs.namespace_id
    secrets = module.key_vault.id
    blobs   = "${module.storage.id}/blobServices/default"
    tables  = "${module.storage.id}/tableServices/default"
  }
}

module "budget" {
  source   = "./modules/budget"
  for_each = toset(var.monthly_budget > 0 ? ["this"] : [])

  name              = local.name
  resource_group_id = azurerm_resource_group.this.id
  amount            = var.monthly_budget
  start_date        = var.budget_start_date
  action_group_id   = module.alerts.action_group_id
}
