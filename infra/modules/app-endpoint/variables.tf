# Inputs of the module.
variable "name" {
  type        = string
  description = "What the names of the resources end with."
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

variable "subnet_id" {
  type        = string
  description = "Subnet of the endpoints."
}

variable "dns_zone_ids" {
  type        = list(string)
  description = "The private zone of function apps; empty where the tenant's own policy writes the names."
}

variable "app_id" {
  type        = string
  description = "The function app."
}
