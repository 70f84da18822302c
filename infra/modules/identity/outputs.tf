# Outputs of the module.
output "id" {
  description = "Resource id, where a resource is told which identity to use."
  value       = azurerm_user_assigned_identity.this.id
}

output "client_id" {
  description = "Client id, where a program is told which identity to use."
  value       = azurerm_user_assigned_identity.this.client_id
}

output "principal_id" {
  description = "Object id, which roles are given to."
  value       = azurerm_user_assigned_identity.this.principal_id
}
