# Outputs of the module.
output "id" {
  description = "Resource id of the network, for peerings."
  value       = azurerm_virtual_network.this.id
}

output "app_subnet_id" {
  description = "Subnet that the app goes out by."
  value       = azurerm_subnet.app.id
}

output "endpoint_subnet_id" {
  description = "Subnet of the private endpoints."
  value       = azurerm_subnet.endpoints.id
}

output "app_dns_zone_ids" {
  description = "The private zone of function apps, as a list; empty when no zones are made here."
  value       = var.create_dns_zones ? [azurerm_private_dns_zone.this[local.zones.sites].id] : []
}
