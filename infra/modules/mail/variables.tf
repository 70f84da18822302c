# Inputs of the module.
variable "name" {
  type        = string
  description = "What the names of the resources end with; the only one of its kind in Azure."
}

variable "resource_group_name" {
  type        = string
  description = "Resource group to create it in."
}

variable "tags" {
  type        = map(string)
  description = "Tags of the resources."
}

variable "data_location" {
  type        = string
  description = "Where the service keeps its data at rest."
}

variable "domain" {
  type        = string
  description = "Domain that mails come from; null for one that Azure makes and manages."
}

variable "linked" {
  type        = bool
  description = "Whether the domain is verified, so that it can be linked to the service."
}

variable "principal_id" {
  type        = string
  description = "Object id of the app's identity."
}
