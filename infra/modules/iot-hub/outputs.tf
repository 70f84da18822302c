# Outputs of the module.
output "name" {
  description = "Name of the hub, for `az iot hub connection-string show --policy-name registryReadWrite`."
  value       = azapi_resource.this.name
}
