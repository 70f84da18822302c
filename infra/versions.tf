# What this needs to run. Why these versions: docs/decisions/0007-terraform-providers.md.
terraform {
  # 1.9: conditions of variables may look at more than their own variable.
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}
