# JSON by record type: capture cannot take events apart, so a query reads the hub and writes a folder per type.
resource "azurerm_storage_container" "json" {
  for_each = local.json

  name                  = "records"
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

resource "azurerm_eventhub_consumer_group" "json" {
  for_each = local.json

  name                = "archive-json"
  eventhub_name       = var.event_hub_name
  namespace_name      = var.namespace_name
  resource_group_name = var.resource_group_name
  user_metadata       = "Writes records as JSON files by record type."
}

resource "azurerm_stream_analytics_job" "json" {
  for_each = local.json

  name                = "asa-${var.name}-archive"
  location            = var.location
  resource_group_name = var.resource_group_name

  compatibility_level = "1.2"
  streaming_units     = 1
  # An event that comes late is written under the time it came at, never dropped.
  events_late_arrival_max_delay_in_seconds = -1
  output_error_policy                      = "Stop"

  # The record type stands in the properties of an event, not in its body.
  transformation_query = <<-QUERY
    SELECT
      GetMetadataPropertyValue(hub, '[User].[recType]') AS recType,
      GetMetadataPropertyValue(hub, 'EventId') AS eventNumber,
      hub.*
    INTO files
    FROM hub
  QUERY

  identity {
    type = "SystemAssigned"
  }

  tags = var.tags
}

resource "azurerm_stream_analytics_stream_input_eventhub_v2" "json" {
  for_each = local.json

  name                         = "hub"
  stream_analytics_job_id      = azurerm_stream_analytics_job.json[each.key].id
  servicebus_namespace         = var.namespace_name
  eventhub_name                = var.event_hub_name
  eventhub_consumer_group_name = azurerm_eventhub_consumer_group.json[each.key].name
  authentication_mode          = "Msi"

  serialization {
    type     = "Json"
    encoding = "UTF8"
  }
}

resource "azurerm_stream_analytics_output_blob" "json" {
  for_each = local.json

  name                      = "files"
  resource_group_name       = var.resource_group_name
  stream_analytics_job_name = azurerm_stream_analytics_job.json[each.key].name
  storage_account_name      = azurerm_storage_account.this.name
  storage_container_name    = azurerm_storage_container.json[each.key].name
  authentication_mode       = "Msi"
  path_pattern              = "{recType}/{date}/{time}"
  date_format               = "yyyy/MM/dd"
  time_format               = "HH"

  serialization {
    type     = "Json"
    encoding = "UTF8"
    format   = "LineSeparated"
  }
}

# The job reads the events of this hub with its own identity, and no other hub of the namespace.
resource "azurerm_role_assignment" "json_read" {
  for_each = local.json

  scope                = var.event_hub_id
  role_definition_name = "Azure Event Hubs Data Receiver"
  principal_id         = azurerm_stream_analytics_job.json[each.key].identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# The job creates blobs and appends to them, in the account of the archive and no other.
resource "azurerm_role_assignment" "json_write" {
  for_each = local.json

  scope                = azurerm_storage_account.this.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_stream_analytics_job.json[each.key].identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# After a stop it goes on where it ended; the first time it begins with what comes from now on.
resource "azurerm_stream_analytics_job_schedule" "json" {
  for_each = local.json

  stream_analytics_job_id = azurerm_stream_analytics_job.json[each.key].id
  start_mode              = "JobStartTime"

  depends_on = [
    azurerm_role_assignment.json_read,
    azurerm_role_assignment.json_write,
    azurerm_stream_analytics_stream_input_eventhub_v2.json,
    azurerm_stream_analytics_output_blob.json,
  ]

  lifecycle {
    ignore_changes = [start_mode]
  }
}

locals {
  json = toset(var.json_enabled ? ["this"] : [])
}
