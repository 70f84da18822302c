# For a tenant that lets nothing in: private addresses for all of it, an archive, audit logs, a budget. Publish from inside of
# the network (DEPLOYMENT.md).
#
#   terraform init
#   terraform apply -var subscription_id=... -var my_object_id=... -var budget_start_date=2026-12-01T00:00:00Z
terraform {
  required_version = ">= 1.9.0"
}

module "bridge" {
  source = "../.."

  subscription_id  = var.subscription_id
  location         = "westeurope"
  environment_name = "locked"

  network_enabled                   = true
  network_address_space             = "10.40.0.0/24"
  public_network_access_enabled     = false
  app_public_network_access_enabled = false

  storage_replication_type = "ZRS"
  archive_enabled          = true
  diagnostics_enabled      = true

  monthly_budget    = 200
  budget_start_date = var.budget_start_date

  secret_officer_object_ids = [var.my_object_id]
}
