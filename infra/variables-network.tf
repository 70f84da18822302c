# What a locked-down tenant may choose. With none of it chosen nothing of it exists.

variable "network_enabled" {
  type        = bool
  description = "Whether the app gets a virtual network, through which all its traffic goes, and storage, event hub, vault and app a private address in it. Microshare is reached from the network as from anywhere: the way out is Azure's own, or what your routes say."
  default     = false
  nullable    = false
}

variable "network_address_space" {
  type        = string
  description = "Addresses of that network as a CIDR range of 64 to 65,536 addresses: half for the app, half for the endpoints."
  default     = "10.40.0.0/24"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.network_address_space, 0)) && can(regex("^[0-9.]+/(1[6-9]|2[0-6])$", var.network_address_space))
    error_message = "network_address_space must be an IPv4 range from /16 to /26, such as 10.40.0.0/24: Flex Consumption takes a subnet of at least 32 addresses."
  }
}

variable "create_private_dns_zones" {
  type        = bool
  description = "Whether the private DNS zones are made here. False where the tenant keeps them centrally and a policy writes the names of new endpoints into them."
  default     = true
  nullable    = false
}

variable "app_public_network_access_enabled" {
  type        = bool
  description = "Whether the app and the site it is published through can be reached from public networks, within app_allowed_ip_ranges. False needs network_enabled; publish from inside of the network then (DEPLOYMENT.md)."
  default     = true
  nullable    = false

  validation {
    condition     = var.app_public_network_access_enabled || var.network_enabled
    error_message = "app_public_network_access_enabled = false needs network_enabled = true: nobody could publish."
  }
}

variable "archive_enabled" {
  type        = bool
  description = "Whether Event Hubs Capture keeps all events as Avro files in a storage account of its own. Costs per throughput unit; see DEPLOYMENT.md."
  default     = false
  nullable    = false
}

variable "archive_json_enabled" {
  type        = bool
  description = "Whether a Stream Analytics job also writes the records as JSON files, a folder per record type. Runs all the time: see DEPLOYMENT.md for its cost. Needs archive_enabled, and records as the event format."
  default     = false
  nullable    = false

  validation {
    condition     = !var.archive_json_enabled || var.archive_enabled
    error_message = "archive_json_enabled needs archive_enabled = true: it writes into the same account."
  }
}

variable "archive_retention_days" {
  type        = number
  description = "After how many days a file of the archive is deleted."
  default     = 365
  nullable    = false

  validation {
    condition     = var.archive_retention_days > 30 && var.archive_retention_days <= 36500 && floor(var.archive_retention_days) == var.archive_retention_days
    error_message = "archive_retention_days must be a whole number from 31 to 36500."
  }
}

variable "diagnostics_enabled" {
  type        = bool
  description = "Whether the audit logs of event hub, vault and storage are exported: to the workspace of the bridge, or to where the siem_ variables say."
  default     = false
  nullable    = false
}

variable "siem_workspace_id" {
  type        = string
  description = "Resource id of the Log Analytics workspace of those who watch, such as that of Microsoft Sentinel."
  default     = null

  validation {
    condition     = var.siem_workspace_id == null || can(regex("/Microsoft.OperationalInsights/workspaces/[^/]+$", var.siem_workspace_id))
    error_message = "siem_workspace_id must be the resource id of a Log Analytics workspace."
  }
}

variable "siem_event_hub_rule_id" {
  type        = string
  description = "Resource id of an authorization rule of your own Event Hubs namespace that a SIEM reads. Azure writes there with its key: it stays in Azure."
  default     = null

  validation {
    condition     = var.siem_event_hub_rule_id == null || can(regex("/Microsoft.EventHub/namespaces/[^/]+/authorizationRules/[^/]+$", var.siem_event_hub_rule_id))
    error_message = "siem_event_hub_rule_id must be the resource id of an authorization rule of a namespace."
  }
}

variable "siem_event_hub_name" {
  type        = string
  description = "The hub in that namespace. Default: one that Azure makes."
  default     = null

  validation {
    condition     = var.siem_event_hub_name == null || var.siem_event_hub_rule_id != null
    error_message = "siem_event_hub_name needs siem_event_hub_rule_id."
  }
}

variable "siem_storage_account_id" {
  type        = string
  description = "Resource id of a storage account that keeps the audit logs."
  default     = null

  validation {
    condition     = var.siem_storage_account_id == null || can(regex("/Microsoft.Storage/storageAccounts/[^/]+$", var.siem_storage_account_id))
    error_message = "siem_storage_account_id must be the resource id of a storage account."
  }
}

variable "monthly_budget" {
  type        = number
  description = "What a month may cost, in the currency of the subscription, before those of alert_email_addresses are told; 0 for no budget."
  default     = 0
  nullable    = false

  validation {
    condition     = var.monthly_budget >= 0
    error_message = "monthly_budget must be 0 (none) or more."
  }
}

variable "budget_start_date" {
  type        = string
  description = "The month that the budget begins in, such as 2026-12-01T00:00:00Z. Azure takes no month before the present one. Needed with monthly_budget."
  default     = null

  validation {
    condition     = var.monthly_budget == 0 || can(regex("^20[0-9]{2}-(0[1-9]|1[0-2])-01T00:00:00Z$", var.budget_start_date))
    error_message = "budget_start_date must be the first day of a month, such as 2026-12-01T00:00:00Z, when there is a monthly_budget."
  }
}
