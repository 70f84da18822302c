# How Terraform reaches Azure. The login is that of `az login`, or the ARM_* variables of a pipeline.
provider "azurerm" {
  subscription_id = var.subscription_id

  # The storage account knows no keys, so whatever the provider does in it must go by login.
  storage_use_azuread = true

  # The names that the resources below need, and no others: registering takes rights that not everybody has.
  resource_provider_registrations = "none"
  resource_providers_to_register  = var.register_resource_providers ? local.resource_providers : []

  features {
    key_vault {
      # A vault that was deleted keeps its secrets until its retention is over: take it back instead of failing on its name.
      recover_soft_deleted_key_vaults = true
      purge_soft_delete_on_destroy    = false
    }
    resource_group {
      # Azure puts resources of its own beside Application Insights, which would keep the group from being removed.
      prevent_deletion_if_contains_resources = false
    }
  }
}

provider "azapi" {
  subscription_id = var.subscription_id
}

locals {
  resource_providers = [
    "Microsoft.AlertsManagement",
    "Microsoft.App",
    "Microsoft.Consumption",
    "Microsoft.ContainerRegistry",
    "Microsoft.Devices",
    "Microsoft.EventHub",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.ServiceBus",
    "Microsoft.Storage",
    "Microsoft.StreamAnalytics",
    "Microsoft.Web",
  ]
}
