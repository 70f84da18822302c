# Where the records go: one namespace, one hub, and a consumer group of the bridge's own for reading back after a crash.
resource "azurerm_eventhub_namespace" "this" {
  name                = var.namespace_name
  location            = var.location
  resource_group_name = var.resource_group_name
  sku                 = var.sku
  capacity            = var.capacity

  auto_inflate_enabled     = var.maximum_throughput_units > 0
  maximum_throughput_units = var.maximum_throughput_units > 0 ? var.maximum_throughput_units : null

  # No shared access keys, which also ends Kafka clients that log in with one: identities with a role only.
  local_authentication_enabled  = false
  minimum_tls_version           = "1.2"
  public_network_access_enabled = var.public_network_access_enabled

  # What capture writes as.
  dynamic "identity" {
    for_each = toset(var.identity_ids)

    content {
      type         = "UserAssigned"
      identity_ids = [identity.value]
    }
  }

  tags = var.tags
}

resource "azurerm_eventhub" "this" {
  name            = var.hub_name
  namespace_id    = azurerm_eventhub_namespace.this.id
  partition_count = var.partition_count

  retention_description {
    cleanup_policy          = "Delete"
    retention_time_in_hours = var.retention_hours
  }

  # The archive switches capture on by a way of its own, which this resource does not know.
  lifecycle {
    ignore_changes = [capture_description]
  }
}

# Apart from the consumers': a hub lets five readers into one group and partition, and the bridge must never be the sixth.
resource "azurerm_eventhub_consumer_group" "bridge" {
  name                = "bridge"
  eventhub_name       = azurerm_eventhub.this.name
  namespace_name      = azurerm_eventhub_namespace.this.name
  resource_group_name = var.resource_group_name
  user_metadata       = "Read-back of the bridge. Consumers of the records use groups of their own."
}
