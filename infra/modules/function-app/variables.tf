# Inputs of the module.
variable "name" {
  type        = string
  description = "Name of the app, the only one of its kind in Azure. The host of a plan other than Flex cuts it to 32 characters, so it has no more."

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]$", var.name))
    error_message = "The name of the function app must be 2 to 32 letters, digits and hyphens."
  }
}

variable "plan_name" {
  type        = string
  description = "Name of the plan. Flex Consumption has one app per plan."
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

variable "resource_group_id" {
  type        = string
  description = "Id of the same resource group."
}

variable "identity_id" {
  type        = string
  description = "Resource id of the user-assigned identity; it opens the deployment container and resolves Key Vault references."
}

variable "deployment_container" {
  type        = string
  description = "Address of the container of the deployed package."
}

variable "app_settings" {
  type        = map(string)
  description = "All app settings."

  validation {
    condition     = !contains(keys(var.app_settings), "AzureWebJobsStorage")
    error_message = "AzureWebJobsStorage must not be set: the host would prefer it to the identity."
  }
}

variable "instance_memory_mb" {
  type        = number
  description = "Memory of one instance in MB."
}

variable "maximum_instance_count" {
  type        = number
  description = "Most instances."
}

variable "allowed_ip_ranges" {
  type        = list(string)
  description = "CIDR ranges that may reach the app and publish it; empty: any, with key or login."
}

variable "in_network" {
  type        = bool
  description = "Whether all its traffic goes out by subnet_id; else by Azure's own way."
}

variable "subnet_id" {
  type        = string
  description = "Subnet that its traffic goes out by; null for none."
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether the app and the site it is published through can be reached from public networks."
}

variable "publish_ip_ranges" {
  type        = list(string)
  description = "CIDR ranges that may publish the app, when these are others than may reach it; empty: the same."
}
