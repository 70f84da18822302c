# Inputs of the module.
variable "name" {
  type        = string
  description = "What the name ends with."
}

variable "resource_group_id" {
  type        = string
  description = "What is counted."
}

variable "amount" {
  type        = number
  description = "What a month may cost, in the currency of the subscription."
}

variable "start_date" {
  type        = string
  description = "First day of the month it begins in, such as 2026-12-01T00:00:00Z."
}

variable "action_group_id" {
  type        = string
  description = "Who is told."
}
