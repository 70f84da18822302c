# Outputs of the module.
output "id" {
  description = "Resource id."
  value       = azurerm_container_registry.this.id
}

output "name" {
  description = "Name, for `az acr login` and `az acr build`."
  value       = azurerm_container_registry.this.name
}

output "login_server" {
  description = "Host name."
  value       = azurerm_container_registry.this.login_server
}
