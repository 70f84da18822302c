# The function app on Flex Consumption: Node 24, its own identity towards everything, no keys.
resource "azurerm_service_plan" "this" {
  name                = var.plan_name
  location            = var.location
  resource_group_name = var.resource_group_name
  os_type             = "Linux"
  sku_name            = "FC1"
  tags                = var.tags
}

# Not azurerm_function_app_flex_consumption: with identity storage that resource always writes an AzureWebJobsStorage
# setting, a connection string without a key, which the host prefers to the identity and fails on; and it has no argument
# for keyVaultReferenceIdentity (docs/decisions/0007-terraform-providers.md).
resource "azapi_resource" "app" {
  type      = "Microsoft.Web/sites@2023-12-01"
  name      = var.name
  location  = var.location
  parent_id = var.resource_group_id
  tags      = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  body = {
    kind = "functionapp,linux"
    properties = {
      serverFarmId              = azurerm_service_plan.this.id
      httpsOnly                 = true
      publicNetworkAccess       = var.public_network_access_enabled ? "Enabled" : "Disabled"
      keyVaultReferenceIdentity = var.identity_id
      virtualNetworkSubnetId    = var.subnet_id

      functionAppConfig = {
        deployment = {
          storage = {
            type  = "blobContainer"
            value = var.deployment_container
            authentication = {
              type                           = "UserAssignedIdentity"
              userAssignedIdentityResourceId = var.identity_id
            }
          }
        }
        runtime = {
          name    = "node"
          version = "24"
        }
        scaleAndConcurrency = {
          instanceMemoryMB     = var.instance_memory_mb
          maximumInstanceCount = var.maximum_instance_count
        }
      }

      siteConfig = {
        minTlsVersion          = "1.2"
        scmMinTlsVersion       = "1.2"
        http20Enabled          = true
        vnetRouteAllEnabled    = var.in_network
        remoteDebuggingEnabled = false

        # A timer has no callers, HTTP functions ask for a key. What else answers here is the host's own administration, which
        # asks for the master key, and the site that is published through, which asks for an Entra ID login. Whoever publishes
        # reaches both: Core Tools asks the app for its health at the end, and reports a failure when it gets no answer.
        ipSecurityRestrictions              = local.ip_rules
        ipSecurityRestrictionsDefaultAction = length(var.allowed_ip_ranges) == 0 ? "Allow" : "Deny"
        scmIpSecurityRestrictionsUseMain    = length(var.publish_ip_ranges) == 0

        scmIpSecurityRestrictions              = local.publish_rules
        scmIpSecurityRestrictionsDefaultAction = length(var.publish_ip_ranges) == 0 ? "Allow" : "Deny"

        # All of them, always: a setting that is not in the list is removed.
        appSettings = [for name, value in var.app_settings : { name = name, value = value }]
      }
    }
  }

  response_export_values = ["properties.defaultHostName"]
}

# User name and password for publishing would be keys by another name.
resource "azapi_update_resource" "no_basic_publishing" {
  for_each = toset(["ftp", "scm"])

  type      = "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2023-12-01"
  name      = each.value
  parent_id = azapi_resource.app.id

  body = {
    properties = {
      allow = false
    }
  }
}

locals {
  publish_rules = [for index, range in var.publish_ip_ranges : {
    name      = "publish-${index}"
    ipAddress = range
    action    = "Allow"
    priority  = 100 + index
  }]

  ip_rules = [for index, range in var.allowed_ip_ranges : {
    name      = "allowed-${index}"
    ipAddress = range
    action    = "Allow"
    priority  = 100 + index
  }]
}
