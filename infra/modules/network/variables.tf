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

variable "address_space" {
  type        = string
  description = "Addresses of the network: half for the app, half for the endpoints."
}

variable "create_dns_zones" {
  type        = bool
  description = "Whether the private zones are made here; else the tenant's own policy writes the names of the endpoints into its zones."
}

variable "targets" {
  type        = map(string)
  description = "Resource ids of what gets a private address: any of blobs, tables, events, secrets, messages, archive, images."
}
