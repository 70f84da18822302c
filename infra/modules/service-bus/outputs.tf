# Outputs of the module.
output "namespace_id" {
  description = "Resource id of the namespace."
  value       = azurerm_servicebus_namespace.this.id
}

output "host_name" {
  description = "Host name of the namespace."
  value       = "${azurerm_servicebus_namespace.this.name}.servicebus.windows.net"
}

output "queue_name" {
  description = "Name of the queue of the webhook."
  value       = "webhook"
}

output "topic_name" {
  description = "Name of the topic of records."
  value       = "records"
}
