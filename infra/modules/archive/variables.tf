# Inputs of the module.
variable "name" {
  type        = string
  description = "What the names of the resources end with."
}

variable "storage_account_name" {
  type        = string
  description = "Name of the account: 3 to 24 lower-case letters and digits, the only one of its kind in Azure."

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.storage_account_name))
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

variable "retention_days" {
  type        = number
  description = "After how many days a file is deleted."
}

variable "event_hub_id" {
  type        = string
  description = "The hub that is kept."
}

variable "event_hub_name" {
  type        = string
  description = "Its name."
}

variable "namespace_name" {
  type        = string
  description = "The name of its namespace."
}

variable "json_enabled" {
  type        = bool
  description = "Whether records are also written as JSON, a folder per record type."
}

variable "capture_identity_id" {
  type        = string
  description = "The identity that the hub writes as; the namespace carries it."
}

variable "capture_principal_id" {
  type        = string
  description = "Its object id."
}
