# Outputs of the module.
output "id" {
  description = "Resource id of the account."
  value       = azurerm_storage_account.this.id
}

output "name" {
  description = "Name of the account."
  value       = azurerm_storage_account.this.name
}

output "deployment_container_url" {
  description = "Address of the container that the package is deployed from."
  value       = "${azurerm_storage_account.this.primary_blob_endpoint}${azurerm_storage_container.deployment.name}"
}

output "dead_letter_container_name" {
  description = "Container of the dead letters."
  value       = azurerm_storage_container.dead_letters.name
}

output "state_table_name" {
  description = "Table of progress and run history."
  value       = azurerm_storage_table.state.name
}
