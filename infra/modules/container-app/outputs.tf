# Outputs of the module.
output "name" {
  description = "Name of the container app."
  value       = "ca-${var.name}"
}

output "host_name" {
  description = "Host name that callers use; it resolves once the app has ingress."
  value       = "ca-${var.name}.${azurerm_container_app_environment.this.default_domain}"
}

output "default_domain" {
  description = "Domain of the environment, for a private zone where the environment is closed."
  value       = azurerm_container_app_environment.this.default_domain
}

output "static_ip_address" {
  description = "Address of its balancer, for the record * of that zone."
  value       = azurerm_container_app_environment.this.static_ip_address
}
