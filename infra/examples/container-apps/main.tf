# The bridge as a container that takes webhooks, without the Functions plan. Twice: the image has to be in the registry before the
# app can start from it (DEPLOYMENT.md).
#
#   terraform init
#   terraform apply -var subscription_id=... -var my_object_id=...
#   terraform apply -var subscription_id=... -var my_object_id=... -var image_tag=1.2.0
terraform {
  required_version = ">= 1.9.0"
}

module "bridge" {
  source = "../.."

  subscription_id  = var.subscription_id
  location         = "westeurope"
  environment_name = "apps"

  hosting             = "container-apps"
  container_image_tag = var.image_tag
  webhook_enabled     = true

  secret_officer_object_ids = [var.my_object_id]
}
