# Who is told when something needs a person, and what that is. The queries go by what the Functions host logs by itself:
# one request per run, and the summary lines of the bridge. They need no metric and no SDK in the app.
resource "azurerm_monitor_action_group" "this" {
  name                = "ag-${var.name}"
  resource_group_name = var.resource_group_name
  short_name          = "microshare"
  tags                = var.tags

  dynamic "email_receiver" {
    for_each = toset(var.email_addresses)
    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }

  dynamic "webhook_receiver" {
    for_each = var.webhook_urls
    content {
      name                    = webhook_receiver.key
      service_uri             = webhook_receiver.value
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "this" {
  for_each = local.rules

  name                = "alert-${var.name}-${each.key}"
  display_name        = "Microshare bridge: ${each.value.title}"
  description         = each.value.description
  location            = var.location
  resource_group_name = var.resource_group_name
  scopes              = [var.workspace_id]
  severity            = each.value.severity
  enabled             = var.enabled

  evaluation_frequency = "PT15M"
  window_duration      = each.value.window

  criteria {
    query                   = file("${path.module}/queries/${each.key}.kql")
    metric_measure_column   = each.value.column
    time_aggregation_method = each.value.aggregation
    operator                = each.value.operator
    threshold               = each.value.threshold

    # One alert per route, so that a second route in trouble is not hidden behind the first.
    dynamic "dimension" {
      for_each = each.value.by_route ? ["Route"] : []
      content {
        name     = dimension.value
        operator = "Include"
        values   = ["*"]
      }
    }

    failing_periods {
      minimum_failing_periods_to_trigger_alert = 1
      number_of_evaluation_periods             = 1
    }
  }

  # Closes by itself, so that the next time is told again.
  auto_mitigation_enabled = true
  # A new workspace has not seen these tables yet, and the rule would be refused.
  skip_query_validation = true

  action {
    action_groups = [azurerm_monitor_action_group.this.id]
  }

  tags = var.tags
}
