# The queue that the webhook writes to, and the topic that those who act on records subscribe to.
resource "azurerm_servicebus_namespace" "this" {
  name                = var.namespace_name
  location            = var.location
  resource_group_name = var.resource_group_name
  sku                 = var.sku
  capacity            = var.sku == "Premium" ? 1 : 0

  premium_messaging_partitions = var.sku == "Premium" ? 1 : 0

  # No shared access keys: identities with a role only.
  local_auth_enabled            = false
  minimum_tls_version           = "1.2"
  public_network_access_enabled = var.public_network_access_enabled

  tags = var.tags
}

resource "azurerm_servicebus_queue" "webhook" {
  for_each = toset(var.webhook_queue ? ["this"] : [])

  name         = "webhook"
  namespace_id = azurerm_servicebus_namespace.this.id

  # A request that is repeated has the message id of the first one: its message is dropped.
  requires_duplicate_detection            = true
  duplicate_detection_history_time_window = "PT10M"
  dead_lettering_on_message_expiration    = true
  max_delivery_count                      = 10
}

resource "azurerm_servicebus_topic" "records" {
  for_each = toset(var.topic ? ["this"] : [])

  name         = "records"
  namespace_id = azurerm_servicebus_namespace.this.id

  # What a run sends again after a crash has the message ids of before.
  requires_duplicate_detection            = true
  duplicate_detection_history_time_window = "PT10M"
}

resource "azurerm_servicebus_subscription" "this" {
  for_each = var.subscriptions

  name                                 = each.key
  topic_id                             = azurerm_servicebus_topic.records["this"].id
  max_delivery_count                   = 10
  dead_lettering_on_message_expiration = true
}

# The rule that Azure gives a new subscription takes everything. Changed instead of joined by another: rules add up.
resource "azapi_update_resource" "rule" {
  for_each = var.subscriptions

  type      = "Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2024-01-01"
  name      = "$Default"
  parent_id = azurerm_servicebus_subscription.this[each.key].id

  body = {
    properties = {
      filterType = "SqlFilter"
      sqlFilter = {
        sqlExpression = each.value
      }
    }
  }
}

# The webhook sends what it was given. This queue only: it reads nothing, and nothing else in the namespace is its business.
resource "azurerm_role_assignment" "queue_send" {
  for_each = toset(var.webhook_queue ? ["this"] : [])

  scope                = azurerm_servicebus_queue.webhook[each.key].id
  role_definition_name = "Azure Service Bus Data Sender"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}

# The bridge sends records to the topic, and neither reads it nor changes who subscribes to what.
resource "azurerm_role_assignment" "topic_send" {
  for_each = toset(var.topic ? ["this"] : [])

  scope                = azurerm_servicebus_topic.records[each.key].id
  role_definition_name = "Azure Service Bus Data Sender"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}
