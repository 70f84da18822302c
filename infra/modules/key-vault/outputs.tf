# Outputs of the module.
output "id" {
  description = "Resource id of the vault, the scope of roles."
  value       = azurerm_key_vault.this.id
}

output "name" {
  description = "Name of the vault."
  value       = azurerm_key_vault.this.name
}

output "uri" {
  description = "Address of the vault; ends with a slash."
  value       = azurerm_key_vault.this.vault_uri
}
