# The cold path: what goes through the hub is kept as files, in Avro as it came, and on wish as JSON by record type.
resource "azurerm_storage_account" "this" {
  name                     = var.storage_account_name
  location                 = var.location
  resource_group_name      = var.resource_group_name
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.replication_type

  # An account of its own: whoever reads the archive must not come near the progress of the bridge.
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  local_user_enabled               = false
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false

  https_traffic_only_enabled    = true
  min_tls_version               = "TLS1_2"
  public_network_access_enabled = var.public_network_access_enabled

  tags = var.tags
}

resource "azurerm_storage_container" "avro" {
  name                  = "events"
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

# Files are read often while they are new. Nobody has to remember to delete them.
resource "azurerm_storage_management_policy" "this" {
  storage_account_id = azurerm_storage_account.this.id

  rule {
    name    = "age"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      base_blob {
        tier_to_cool_after_days_since_modification_greater_than = 30
        delete_after_days_since_modification_greater_than       = var.retention_days
      }
    }
  }
}

# Capture creates and appends blobs. This account only, and it can neither read the hub nor any other account.
resource "azurerm_role_assignment" "capture_write" {
  scope                = azurerm_storage_account.this.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = var.capture_principal_id
  principal_type       = "ServicePrincipal"
}

# Not capture_description of azurerm_eventhub: it knows no identity, and would need the key of the account.
resource "azapi_update_resource" "capture" {
  type        = "Microsoft.EventHub/namespaces/eventhubs@2024-01-01"
  resource_id = var.event_hub_id

  body = {
    properties = {
      captureDescription = {
        enabled           = true
        encoding          = "Avro"
        intervalInSeconds = 300
        sizeLimitInBytes  = 314572800
        skipEmptyArchives = true
        destination = {
          name = "EventHubArchive.AzureBlockBlob"
          identity = {
            type                 = "UserAssigned"
            userAssignedIdentity = var.capture_identity_id
          }
          properties = {
            storageAccountResourceId = azurerm_storage_account.this.id
            blobContainer            = azurerm_storage_container.avro.name
            archiveNameFormat        = "{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}"
          }
        }
      }
    }
  }

  depends_on = [azurerm_role_assignment.capture_write]
}
