# Outputs of the module.
output "storage_account_id" {
  description = "Resource id of the account, the scope of roles for those who read the archive."
  value       = azurerm_storage_account.this.id
}

output "storage_account_name" {
  description = "Name of the account."
  value       = azurerm_storage_account.this.name
}
