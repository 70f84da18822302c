# What the example asks for.
variable "subscription_id" {
  type        = string
  description = "Id of your subscription: `az account show --query id --output tsv`."
}

variable "my_object_id" {
  type        = string
  description = "Your own object id: `az ad signed-in-user show --query id --output tsv`."
}

variable "image_tag" {
  type        = string
  description = "Tag of the image in the registry; null the first time, when there is none yet."
  default     = null
}
