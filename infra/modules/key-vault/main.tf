# The vault of the Microshare login. Its secrets are entered by hand: what Terraform writes stands in its state.
resource "azurerm_key_vault" "this" {
  name                = var.name
  location            = var.location
  resource_group_name = var.resource_group_name
  tenant_id           = var.tenant_id
  sku_name            = "standard"

  # Roles instead of access policies: the same way of granting as everywhere else, and no way around it for deployments.
  rbac_authorization_enabled      = true
  enabled_for_deployment          = false
  enabled_for_disk_encryption     = false
  enabled_for_template_deployment = false

  purge_protection_enabled      = var.purge_protection_enabled
  soft_delete_retention_days    = 30
  public_network_access_enabled = var.public_network_access_enabled

  tags = var.tags
}
