# Inputs of the module.
variable "namespace_name" {
  type        = string
  description = "Name of the namespace: 6 to 50 letters, digits and hyphens, the only one of its kind in Azure."

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]$", var.namespace_name))
    error_message = "The name of an Event Hubs namespace must be 6 to 50 letters, digits and hyphens, and begin with a letter."
  }
}

variable "hub_name" {
  type        = string
  description = "Name of the event hub."
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

variable "sku" {
  type        = string
  description = "Standard or Premium."
}

variable "capacity" {
  type        = number
  description = "Throughput units (Standard) or processing units (Premium)."
}

variable "maximum_throughput_units" {
  type        = number
  description = "Up to how many throughput units the namespace grows by itself; 0: it does not."
}

variable "partition_count" {
  type        = number
  description = "Partitions of the hub."
}

variable "retention_hours" {
  type        = number
  description = "How many hours events are kept."
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether the namespace can be reached from public networks, with a login."
}

variable "identity_ids" {
  type        = list(string)
  description = "Identities that the namespace writes as; at most one."
}
