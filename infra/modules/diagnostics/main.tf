# Who did what to hub, vault and storage, for those who watch the whole tenant.
resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = var.targets

  name                           = "siem"
  target_resource_id             = each.value
  log_analytics_workspace_id     = var.workspace_id
  eventhub_authorization_rule_id = var.event_hub_rule_id
  eventhub_name                  = var.event_hub_name
  storage_account_id             = var.storage_account_id

  # Logins, refusals, reading and writing; not the metrics, which Azure keeps anyway.
  enabled_log {
    category_group = "audit"
  }
}
