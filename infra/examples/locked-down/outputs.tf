# What it gives back.
output "function_app_name" {
  description = "Name for `func azure functionapp publish`."
  value       = module.bridge.function_app_name
}

output "key_vault_name" {
  description = "Vault that the Microshare secrets are entered into."
  value       = module.bridge.key_vault_name
}

output "network_id" {
  description = "The network, for a peering with the one that you publish from."
  value       = module.bridge.network_id
}
