# Inputs of the module.
variable "namespace_name" {
  type        = string
  description = "Name of the namespace: 6 to 50 letters, digits and hyphens, the only one of its kind in Azure."

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]$", var.namespace_name))
    error_message = "The name of a Service Bus namespace must be 6 to 50 letters, digits and hyphens, and begin with a letter."
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

variable "sku" {
  type        = string
  description = "Standard or Premium."
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether the namespace can be reached from public networks, with a login."
}

variable "webhook_queue" {
  type        = bool
  description = "Whether there is the queue of the webhook."
}

variable "topic" {
  type        = bool
  description = "Whether there is the topic of records."
}

variable "subscriptions" {
  type        = map(string)
  description = "Subscriptions of the topic, with the SQL filter of each."
}

variable "principal_id" {
  type        = string
  description = "Object id of the app's identity."
}
