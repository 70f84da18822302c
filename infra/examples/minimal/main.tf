# The least there is to say: where, and who may enter the secrets. Everything else has a default.
#
#   terraform init
#   terraform apply -var subscription_id=... -var my_object_id=...
terraform {
  required_version = ">= 1.9.0"
}

module "bridge" {
  source = "../.."

  subscription_id  = var.subscription_id
  location         = "westeurope"
  environment_name = "trial"

  secret_officer_object_ids = [var.my_object_id]
}
