# Inputs of the module.
variable "name" {
  type        = string
  description = "Part of the names of the resources."
}

variable "location" {
  type        = string
  description = "Azure region."
}

variable "resource_group_name" {
  type        = string
  description = "Resource group to create it in."
}

variable "tags" {
  type        = map(string)
  description = "Tags of the resources."
}

variable "workspace_id" {
  type        = string
  description = "Resource id of the log workspace."
}

variable "enabled" {
  type        = bool
  description = "Whether the rules are evaluated."
}

variable "email_addresses" {
  type        = list(string)
  description = "Who gets an e-mail."
}

variable "webhook_urls" {
  type        = map(string)
  description = "Webhooks by name."
}

variable "watermark_lag_minutes" {
  type        = number
  description = "Minutes a route may lie behind."
}

variable "no_run_window" {
  type        = string
  description = "How long without a run is an alert."
}
