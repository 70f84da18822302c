# Without this Terraform would look for azapi under hashicorp/azapi. The versions are pinned in the root module.
terraform {
  required_providers {
    azapi = {
      source = "Azure/azapi"
    }
  }
}
