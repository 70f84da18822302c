# Outputs of the module.
output "workspace_id" {
  description = "Resource id of the log workspace, which alert rules query."
  value       = azurerm_log_analytics_workspace.this.id
}

output "workspace_guid" {
  description = "Customer id of the log workspace, for queries from the command line."
  value       = azurerm_log_analytics_workspace.this.workspace_id
}

output "application_insights_id" {
  description = "Resource id of the Application Insights component, the scope of roles."
  value       = azurerm_application_insights.this.id
}

output "application_insights_name" {
  description = "Name of the Application Insights component."
  value       = azurerm_application_insights.this.name
}

output "connection_string" {
  description = "Where telemetry goes. Without a role it opens nothing."
  value       = azurerm_application_insights.this.connection_string
}
