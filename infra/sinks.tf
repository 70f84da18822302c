# Sinks beside the event hub, and the webhook. With none of it chosen the bridge has the one hub, and no SINKS.
module "service_bus" {
  source   = "./modules/service-bus"
  for_each = toset(local.has_service_bus ? ["this"] : [])

  namespace_name                = "sbns-${local.name}-${local.suffix}"
  location                      = azurerm_resource_group.this.location
  resource_group_name           = azurerm_resource_group.this.name
  sku                           = var.service_bus_sku
  public_network_access_enabled = var.public_network_access_enabled
  webhook_queue                 = var.webhook_enabled
  topic                         = var.operational_topic_enabled
  subscriptions                 = var.operational_subscriptions
  principal_id                  = module.identity.principal_id
  tags                          = local.tags
}

module "iot_hub" {
  source   = "./modules/iot-hub"
  for_each = toset(var.iot_hub_enabled ? ["this"] : [])

  name              = "iot-${local.name}-${local.suffix}"
  location          = azurerm_resource_group.this.location
  resource_group_id = azurerm_resource_group.this.id
  tags              = local.tags
}

# The bridge creates a hub for each record type that it meets, and looks which there are. The namespace and no more: it is the
# narrowest scope that new hubs can be created in.
resource "azurerm_role_assignment" "hubs_create" {
  for_each = toset(var.hub_per_type_enabled ? ["this"] : [])

  scope                = module.event_hubs.namespace_id
  role_definition_name = "Azure Event Hubs Data Owner"
  principal_id         = module.identity.principal_id
  principal_type       = "ServicePrincipal"
}

locals {
  has_service_bus = var.webhook_enabled || var.operational_topic_enabled
  has_more_sinks  = local.has_service_bus || var.iot_hub_enabled || var.hub_per_type_enabled

  # The hub of before goes on where it stands: same name, same place.
  sinks = concat(
    [{ name = "event-hub", kind = "event-hub", namespace = module.event_hubs.host_name, hub = module.event_hubs.hub_name }],
    var.hub_per_type_enabled ? [{
      name           = "per-type"
      kind           = "event-hubs-per-type"
      namespace      = module.event_hubs.host_name
      subscriptionId = var.subscription_id
      resourceGroup  = azurerm_resource_group.this.name
      prefix         = "type-"
    }] : [],
    var.operational_topic_enabled ? [{
      name               = "operational"
      kind               = "service-bus"
      namespace          = module.service_bus["this"].host_name
      topic              = module.service_bus["this"].topic_name
      duplicateDetection = "PT10M"
    }] : [],
    var.iot_hub_enabled ? [{ name = "iot", kind = "iot-hub", connectionStringSetting = "IOT_HUB_CONNECTION_STRING" }] : [],
    var.webhook_enabled ? [{
      name               = "webhook-queue"
      kind               = "service-bus"
      namespace          = module.service_bus["this"].host_name
      queue              = module.service_bus["this"].queue_name
      duplicateDetection = "PT10M"
      feeds              = "named"
    }] : [],
  )

  sink_settings = merge(
    local.has_more_sinks ? { SINKS = jsonencode(local.sinks) } : {},
    var.webhook_enabled ? { WEBHOOK = "on", WEBHOOK_SINK = "webhook-queue" } : {},
    # Entered by hand, like every secret: the sink logs in with the key of a policy, as the service knows no identities here.
    var.iot_hub_enabled ? { IOT_HUB_CONNECTION_STRING = "@Microsoft.KeyVault(SecretUri=${module.key_vault.uri}secrets/iot-hub-connection-string)" } : {},
    var.webhook_signature_enabled ? { WEBHOOK_SECRET = "@Microsoft.KeyVault(SecretUri=${module.key_vault.uri}secrets/webhook-secret)" } : {},
  )
}
