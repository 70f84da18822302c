# Where the host and the bridge write what they do, and the workbook that shows it.
resource "azurerm_log_analytics_workspace" "this" {
  name                = "log-${var.name}"
  location            = var.location
  resource_group_name = var.resource_group_name
  sku                 = "PerGB2018"
  retention_in_days   = var.retention_days
  daily_quota_gb      = var.daily_cap_gb

  # Nothing writes with the key of the workspace; Application Insights has a way of its own.
  local_authentication_enabled = false

  tags = var.tags
}

resource "azurerm_application_insights" "this" {
  name                = "appi-${var.name}"
  location            = var.location
  resource_group_name = var.resource_group_name
  application_type    = "web"
  workspace_id        = azurerm_log_analytics_workspace.this.id

  # The connection string alone lets nobody write: the app's identity does, with the role Monitoring Metrics Publisher.
  local_authentication_enabled = false

  # The host samples already, and never what alerts stand on.
  sampling_percentage = 100

  tags = var.tags
}

resource "azurerm_application_insights_workbook" "this" {
  # Azure wants a UUID here; the same inputs give the same one.
  name                = uuidv5("url", "https://microshare-azure-bridge/${azurerm_application_insights.this.name}/${var.suffix}")
  location            = var.location
  resource_group_name = var.resource_group_name
  display_name        = "Microshare bridge (${var.name})"
  data_json           = file("${path.module}/workbook.json")
  # Lower case, as the service returns it; anything else would show as a change for ever.
  source_id = lower(azurerm_log_analytics_workspace.this.id)

  tags = var.tags
}
