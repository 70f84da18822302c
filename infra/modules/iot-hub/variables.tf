# Inputs of the module.
variable "name" {
  type        = string
  description = "Name of the hub: 3 to 50 letters, digits and hyphens, the only one of its kind in Azure."

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{1,48}[A-Za-z0-9]$", var.name))
    error_message = "The name of an IoT hub must be 3 to 50 letters, digits and hyphens."
  }
}

variable "location" {
  type        = string
  description = "Azure region."
}

variable "resource_group_id" {
  type        = string
  description = "Id of the resource group to create it in."
}

variable "tags" {
  type        = map(string)
  description = "Tags of the resource."
}
