# The account of the Functions host: its locks and timer state, the deployed package, the bridge's progress and dead letters.
resource "azurerm_storage_account" "this" {
  name                     = var.name
  location                 = var.location
  resource_group_name      = var.resource_group_name
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.replication_type

  # Only identities with a role get in: no keys, no signatures made with keys, nothing anonymous, no other tenant.
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  local_user_enabled               = false
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false

  https_traffic_only_enabled    = true
  min_tls_version               = "TLS1_2"
  public_network_access_enabled = var.public_network_access_enabled

  tags = var.tags
}

# Flex Consumption takes the published package from here.
resource "azurerm_storage_container" "deployment" {
  name                  = "deployment"
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

# Bodies of the records that no sink will ever take.
resource "azurerm_storage_container" "dead_letters" {
  name                  = "bridge-dead-letters"
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

# Progress, leases, ledger and run history. Whoever loses it starts every feed anew.
resource "azurerm_storage_table" "state" {
  name               = "bridgestate"
  storage_account_id = azurerm_storage_account.this.id
}
