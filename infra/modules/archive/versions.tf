# Without this Terraform would look for azapi under hashicorp/azapi. The versions are pinned in the root module.
terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
    azapi = {
      source = "Azure/azapi"
    }
  }
}
