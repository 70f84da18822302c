# What it gives back.
output "container_registry_name" {
  description = "Registry that the image is put into."
  value       = module.bridge.container_registry_name
}

output "key_vault_name" {
  description = "Vault that the secrets are entered into."
  value       = module.bridge.key_vault_name
}

output "webhook_url" {
  description = "Where callers post to."
  value       = module.bridge.webhook_url
}
