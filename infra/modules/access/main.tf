# Who may do what: the app's identity, and those who enter secrets. Each role with its reason and the narrowest scope that works.

# The host creates and leases blobs for its locks, the timer's state and its keys, in containers that it makes itself, and
# loads the deployed package; the bridge writes dead letters. Owner and not Contributor, as the host asks for it.
resource "azurerm_role_assignment" "storage_blobs" {
  scope                = var.storage_account_id
  role_definition_name = "Storage Blob Data Owner"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# Progress, leases, ledger and run history are rows of a table. The account and not the table: the host keeps its own
# diagnostic events in further tables.
resource "azurerm_role_assignment" "storage_tables" {
  scope                = var.storage_account_id
  role_definition_name = "Storage Table Data Contributor"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# Sending is the job. This hub only: others in the namespace are none of the bridge's business.
resource "azurerm_role_assignment" "event_hub_send" {
  scope                = var.event_hub_id
  role_definition_name = "Azure Event Hubs Data Sender"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# After a crash the bridge reads back what had arrived, so that nothing is sent twice. The hub and not the consumer group:
# the positions of the partitions are asked of the hub.
resource "azurerm_role_assignment" "event_hub_receive" {
  scope                = var.event_hub_id
  role_definition_name = "Azure Event Hubs Data Receiver"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# The platform resolves the Key Vault references of the app settings as this identity. It reads values, no more. The vault
# and not its secrets: they do not exist yet when roles are given.
resource "azurerm_role_assignment" "key_vault_read" {
  scope                = var.key_vault_id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# Telemetry is taken from identities only, not from whoever holds the connection string.
resource "azurerm_role_assignment" "telemetry_write" {
  scope                = var.application_insights_id
  role_definition_name = "Monitoring Metrics Publisher"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# Somebody has to enter the Microshare login, and to change it later. Being owner of the subscription does not include it.
resource "azurerm_role_assignment" "key_vault_write" {
  for_each = toset(var.secret_officer_object_ids)

  scope                = var.key_vault_id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = each.value
}
