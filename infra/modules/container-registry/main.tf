# The registry of the image: no user, no password, nobody without a role.
resource "azurerm_container_registry" "this" {
  name                = var.name
  location            = var.location
  resource_group_name = var.resource_group_name

  # Only the largest kind can be closed to public networks.
  sku                           = var.public_network_access_enabled ? "Basic" : "Premium"
  public_network_access_enabled = var.public_network_access_enabled

  admin_enabled          = false
  anonymous_pull_enabled = false

  tags = var.tags
}

# The platform pulls the image as the identity of the app. It reads images, and this registry has no others.
resource "azurerm_role_assignment" "pull" {
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}
