# Inputs of the module.
variable "name" {
  type        = string
  description = "What the names of the resources end with."
}

variable "suffix" {
  type        = string
  description = "Tells this deployment from others of the same name."
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

variable "retention_days" {
  type        = number
  description = "How many days logs are kept."
}

variable "daily_cap_gb" {
  type        = number
  description = "Most GB of logs a day; -1: no cap."
}
