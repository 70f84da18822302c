# Inputs of the module.
variable "principal_id" {
  type        = string
  description = "Object id of the app's identity."
}

variable "storage_account_id" {
  type        = string
  description = "The host's storage account."
}

variable "event_hub_id" {
  type        = string
  description = "The event hub that is sent to."
}

variable "key_vault_id" {
  type        = string
  description = "The vault of the Microshare login."
}

variable "application_insights_id" {
  type        = string
  description = "Where telemetry goes."
}

variable "secret_officer_object_ids" {
  type        = list(string)
  description = "Who may write secrets into the vault."
}
