# The one identity the app runs as. User-assigned, so that it exists, and has its roles, before the app does.
resource "azurerm_user_assigned_identity" "this" {
  name                = var.name
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = var.tags
}
