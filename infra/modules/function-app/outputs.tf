# Outputs of the module.
output "id" {
  description = "Resource id of the app."
  value       = azapi_resource.app.id
}

output "name" {
  description = "Name of the app."
  value       = azapi_resource.app.name
}

output "host_name" {
  description = "Host name of the app."
  value       = azapi_resource.app.output.properties.defaultHostName
}
