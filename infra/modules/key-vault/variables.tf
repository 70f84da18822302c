# Inputs of the module.
variable "name" {
  type        = string
  description = "Name of the vault: 3 to 24 letters, digits and hyphens, the only one of its kind in Azure."

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$", var.name))
    error_message = "The name of a key vault must be 3 to 24 letters, digits and hyphens, and begin with a letter."
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

variable "tenant_id" {
  type        = string
  description = "Tenant whose identities may be given roles on it."
}

variable "purge_protection_enabled" {
  type        = bool
  description = "Whether deleted secrets stay recoverable until the retention is over."
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether the vault can be reached from public networks, with a login."
}
