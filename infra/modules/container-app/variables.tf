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

variable "workspace_id" {
  type        = string
  description = "Resource id of the log workspace."
}

variable "identity_id" {
  type        = string
  description = "Resource id of the identity that the app runs as, pulls its image and reads its secrets."
}

variable "registry_server" {
  type        = string
  description = "Host name of the registry."
}

variable "image" {
  type        = string
  description = "Repository and tag or digest in it; empty before there is one."
}

variable "settings" {
  type        = map(string)
  description = "Environment of the process, without secrets."
}

variable "secrets" {
  type        = map(string)
  description = "Addresses in the vault, by the name of the variable that gets the value."
}

variable "maximum_replicas" {
  type        = number
  description = "How many may run at once."
}

variable "serves_callers" {
  type        = bool
  description = "Whether anybody calls it: without callers it has no ingress."
}

variable "allowed_ip_ranges" {
  type        = list(string)
  description = "From where it may be called; empty for anywhere."
}

variable "in_network" {
  type        = bool
  description = "Whether the environment is in a network of its own."
}

variable "subnet_id" {
  type        = string
  description = "Subnet of the environment; null without a network."
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether callers come from outside of the network."
}
