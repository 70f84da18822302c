# Inputs of the module.
variable "name" {
  type        = string
  description = "Name of the account: 3 to 24 lower-case letters and digits, the only one of its kind in Azure."

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.name))
    error_message = "The name of a storage account must be 3 to 24 lower-case letters and digits."
  }
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

variable "replication_type" {
  type        = string
  description = "LRS, ZRS, GRS or GZRS."
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether the account can be reached from public networks, with a login."
}
