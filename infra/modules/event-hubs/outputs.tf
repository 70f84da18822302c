# Outputs of the module.
output "namespace_id" {
  description = "Resource id of the namespace."
  value       = azurerm_eventhub_namespace.this.id
}

output "namespace_name" {
  description = "Name of the namespace."
  value       = azurerm_eventhub_namespace.this.name
}

output "host_name" {
  description = "Host name of the namespace."
  value       = "${azurerm_eventhub_namespace.this.name}.servicebus.windows.net"
}

output "hub_id" {
  description = "Resource id of the hub, the scope of roles."
  value       = azurerm_eventhub.this.id
}

output "hub_name" {
  description = "Name of the hub."
  value       = azurerm_eventhub.this.name
}

output "consumer_group_name" {
  description = "The bridge's own consumer group."
  value       = azurerm_eventhub_consumer_group.bridge.name
}
