# The private address of the app, which is also that of the site it is published through.
resource "azurerm_private_endpoint" "this" {
  name                          = "pep-${var.name}-app"
  location                      = var.location
  resource_group_name           = var.resource_group_name
  subnet_id                     = var.subnet_id
  custom_network_interface_name = "nic-${var.name}-app"
  tags                          = var.tags

  private_service_connection {
    name                           = "app"
    private_connection_resource_id = var.app_id
    subresource_names              = ["sites"]
    is_manual_connection           = false
  }

  # Without zones here, a policy of the tenant has to write the names into those that it keeps.
  dynamic "private_dns_zone_group" {
    for_each = toset(length(var.dns_zone_ids) > 0 ? ["default"] : [])

    content {
      name                 = private_dns_zone_group.value
      private_dns_zone_ids = var.dns_zone_ids
    }
  }
}
