# A network of the bridge's own: the app's way out, and a private address for each thing that it talks to in Azure.
resource "azurerm_virtual_network" "this" {
  name                = "vnet-${var.name}"
  location            = var.location
  resource_group_name = var.resource_group_name
  address_space       = [var.address_space]
  tags                = var.tags
}

# Flex Consumption takes a subnet of its own, of at least 32 addresses, with a name without underscores.
resource "azurerm_subnet" "app" {
  name                 = "snet-app"
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [cidrsubnet(var.address_space, 1, 0)]

  delegation {
    name = "flex-consumption"

    service_delegation {
      name    = "Microsoft.App/environments"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                 = "snet-endpoints"
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [cidrsubnet(var.address_space, 1, 1)]

  # Nothing in here has reason to begin a connection.
  default_outbound_access_enabled = false
}

resource "azurerm_private_dns_zone" "this" {
  for_each = toset(var.create_dns_zones ? values(local.zones) : [])

  name                = each.value
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = toset(var.create_dns_zones ? values(local.zones) : [])

  name                 = azurerm_virtual_network.this.name
  private_dns_zone_id  = azurerm_private_dns_zone.this[each.value].id
  virtual_network_id   = azurerm_virtual_network.this.id
  registration_enabled = false
  tags                 = var.tags
}

resource "azurerm_private_endpoint" "this" {
  for_each = var.targets

  name                          = "pep-${var.name}-${each.key}"
  location                      = var.location
  resource_group_name           = var.resource_group_name
  subnet_id                     = azurerm_subnet.endpoints.id
  custom_network_interface_name = "nic-${var.name}-${each.key}"
  tags                          = var.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value
    subresource_names              = [local.subresources[each.key]]
    is_manual_connection           = false
  }

  # Without zones here, a policy of the tenant has to write the names into those that it keeps.
  dynamic "private_dns_zone_group" {
    for_each = toset(var.create_dns_zones ? [local.zones[local.subresources[each.key]]] : [])

    content {
      name                 = "default"
      private_dns_zone_ids = [azurerm_private_dns_zone.this[private_dns_zone_group.value].id]
    }
  }
}

locals {
  # What an endpoint is to, by the name of the target.
  subresources = {
    blobs    = "blob"
    tables   = "table"
    events   = "namespace"
    secrets  = "vault"
    messages = "namespace"
    archive  = "blob"
    images   = "registry"
  }

  zones = {
    blob      = "privatelink.blob.core.windows.net"
    table     = "privatelink.table.core.windows.net"
    namespace = "privatelink.servicebus.windows.net"
    vault     = "privatelink.vaultcore.azure.net"
    registry  = "privatelink.azurecr.io"
    sites     = "privatelink.azurewebsites.net"
  }
}
