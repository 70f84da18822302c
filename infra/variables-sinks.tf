# What may be chosen of further sinks and of the webhook. With none of it chosen nothing of it exists.

variable "webhook_enabled" {
  type        = bool
  description = "Whether the app takes webhooks: makes a Service Bus queue with duplicate detection, and switches the functions webhook and health on. The app has to be reachable by the callers then."
  default     = false
  nullable    = false

  validation {
    condition     = var.webhook_enabled == false || var.app_public_network_access_enabled != false || var.network_enabled == true
    error_message = "webhook_enabled needs an app that callers reach: app_public_network_access_enabled, or callers inside of the network."
  }
}

variable "webhook_signature_enabled" {
  type        = bool
  description = "Whether callers must sign their requests. The secret is entered into the vault as webhook-secret. Needs webhook_enabled."
  default     = false
  nullable    = false

  validation {
    condition     = var.webhook_signature_enabled == false || var.webhook_enabled == true
    error_message = "webhook_signature_enabled needs webhook_enabled = true."
  }
}

variable "publish_allowed_ip_ranges" {
  type        = list(string)
  description = "From where the app can be published, as CIDR ranges, when that is not from where it is called: with webhook_enabled the callers stand in app_allowed_ip_ranges. Empty: as app_allowed_ip_ranges."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for range in var.publish_allowed_ip_ranges : can(cidrhost(range, 0))])
    error_message = "publish_allowed_ip_ranges must be CIDR ranges, such as 203.0.113.0/24."
  }
}

variable "operational_topic_enabled" {
  type        = bool
  description = "Whether records also go to a Service Bus topic, from which operational_subscriptions take what they need."
  default     = false
  nullable    = false
}

variable "operational_subscriptions" {
  type        = map(string)
  description = "Subscriptions of that topic with the rule of each, as an SQL filter over the properties of events, such as { alarms = \"recType = 'io.microshare.alarm'\" }."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.operational_subscriptions) : can(regex("^[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?$", name))])
    error_message = "operational_subscriptions must be named with 1 to 50 letters, digits, full stops, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for filter in values(var.operational_subscriptions) : length(filter) > 0 && length(filter) <= 1024])
    error_message = "operational_subscriptions must have filters of 1 to 1024 characters."
  }

  validation {
    condition     = length(var.operational_subscriptions) == 0 || var.operational_topic_enabled == true
    error_message = "operational_subscriptions needs operational_topic_enabled = true."
  }
}

variable "service_bus_sku" {
  type        = string
  description = "Tier of the Service Bus namespace: Standard, or Premium, which alone can be closed to public networks and takes messages above 256 KiB."
  default     = "Standard"
  nullable    = false

  validation {
    condition     = contains(["Standard", "Premium"], var.service_bus_sku)
    error_message = "service_bus_sku must be Standard or Premium."
  }

  validation {
    condition     = var.service_bus_sku == "Premium" || var.public_network_access_enabled != false || (var.webhook_enabled == false && var.operational_topic_enabled == false)
    error_message = "service_bus_sku must be Premium when public_network_access_enabled = false: a Standard namespace has no private endpoint."
  }
}

variable "iot_hub_enabled" {
  type        = bool
  description = "Whether records also go to an IoT hub. The connection string of its policy registryReadWrite is entered into the vault as iot-hub-connection-string."
  default     = false
  nullable    = false
}

variable "hub_per_type_enabled" {
  type        = bool
  description = "Whether records also go to a hub per record type, which the app creates in the same namespace: at most 10 hubs in a Standard namespace."
  default     = false
  nullable    = false
}
