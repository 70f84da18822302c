# Outputs of the module.
output "action_group_id" {
  description = "Resource id of the action group, for further alert rules."
  value       = azurerm_monitor_action_group.this.id
}
