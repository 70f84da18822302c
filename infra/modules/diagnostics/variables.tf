# Inputs of the module.
variable "targets" {
  type        = map(string)
  description = "Resource ids of what is watched, by a name."
}

variable "workspace_id" {
  type        = string
  description = "Workspace that the logs go to; null for none."
}

variable "event_hub_rule_id" {
  type        = string
  description = "Authorization rule of a namespace of the tenant's own that the logs go to; null for none."
}

variable "event_hub_name" {
  type        = string
  description = "The hub in it; null for the one that Azure makes."
}

variable "storage_account_id" {
  type        = string
  description = "Storage account that the logs go to; null for none."
}
