# Inputs of the module.
variable "name" {
  type        = string
  description = "Name of the registry: letters and digits, the only one of its kind in all of Azure."
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

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether public networks reach it."
}

variable "principal_id" {
  type        = string
  description = "Object id of the identity that pulls."
}
