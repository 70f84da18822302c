# What the example asks for.
variable "subscription_id" {
  type        = string
  description = "Id of your subscription: `az account show --query id --output tsv`."
}

variable "my_object_id" {
  type        = string
  description = "Your own object id: `az ad signed-in-user show --query id --output tsv`."
}

variable "budget_start_date" {
  type        = string
  description = "First day of the present month, such as 2026-12-01T00:00:00Z."
}
