# What may be chosen. Only subscription_id, location and environment_name must be.

variable "subscription_id" {
  type        = string
  description = "Id of the Azure subscription everything goes into."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "subscription_id must be a subscription id in lower case, such as the id that `az account show --query id` prints."
  }
}

variable "location" {
  type        = string
  description = "Azure region, in its short form, such as westeurope. It must offer Flex Consumption: `az functionapp list-flexconsumption-locations`."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+[0-9]*$", var.location))
    error_message = "location must be the short form of a region, in lower case and without spaces, such as westeurope or eastus2."
  }
}

variable "environment_name" {
  type        = string
  description = "Name of this environment, such as prod. Part of resource names and of the tag azd-env-name; changing it later makes everything anew."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.environment_name)) && !can(regex("--", var.environment_name))
    error_message = "environment_name must be 2 to 20 lower-case letters, digits and single hyphens, begin with a letter and end with a letter or digit."
  }
}

variable "resource_group_name" {
  type        = string
  description = "Name of the resource group to create. Default: rg-microshare-<environment_name>."
  default     = null

  validation {
    condition     = var.resource_group_name == null || can(regex("^[A-Za-z0-9_.()-]{0,89}[A-Za-z0-9_()-]$", var.resource_group_name))
    error_message = "resource_group_name must be at most 90 letters, digits, underscores, hyphens, brackets and full stops, and not end with a full stop."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of every resource, besides azd-env-name."
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 48 && alltrue([for name in keys(var.tags) : length(name) <= 512 && !can(regex("[<>%&\\\\?/]", name))])
    error_message = "tags may be at most 48, with names of at most 512 characters and none of < > % & \\ ? /."
  }
}

variable "register_resource_providers" {
  type        = bool
  description = "Whether Terraform registers the Azure resource providers it needs. Set it to false when they are registered already and the login may not register any."
  default     = true
  nullable    = false
}

# The bridge

variable "microshare_auth_mode" {
  type        = string
  description = "How the bridge logs in to Microshare: oauth2 (user name, password, API key) or web (user name, password)."
  default     = "oauth2"
  nullable    = false

  validation {
    condition     = contains(["oauth2", "web"], var.microshare_auth_mode)
    error_message = "microshare_auth_mode must be oauth2 or web."
  }
}

variable "telemetry" {
  type        = string
  description = "Who reports to Application Insights. application-insights: the host, and the app with a trace of each run and metrics by route. host: the host alone, which is cheaper to start and carries all that the alerts need."
  default     = "application-insights"
  nullable    = false

  validation {
    condition     = contains(["application-insights", "host"], var.telemetry)
    error_message = "telemetry must be application-insights or host."
  }
}

variable "bridge_settings" {
  type        = map(string)
  description = "Further app settings of the bridge, such as MICROSHARE_VIEW_ID, FEEDS or POLL_SCHEDULE; see the table in README.md. No secrets: a value that is a secret goes into the vault, and its Key Vault reference in here."
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for name in keys(var.bridge_settings) : !contains([
      "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
      "APPLICATIONINSIGHTS_CONNECTION_STRING",
      "AZURE_CLIENT_ID",
      "DEAD_LETTER_CONTAINER",
      "EVENT_HUB_CONNECTION_STRING",
      "EVENT_HUB_CONSUMER_GROUP",
      "EVENT_HUB_NAME",
      "EVENT_HUB_NAMESPACE",
      "MICROSHARE_API_KEY",
      "MICROSHARE_AUTH_MODE",
      "MICROSHARE_PASSWORD",
      "MICROSHARE_USERNAME",
      "NOTIFY",
      "NOTIFY_ALLOWED_RECIPIENTS",
      "NOTIFY_ENDPOINT",
      "NOTIFY_SENDER",
      "STATE_TABLE",
      "TELEMETRY",
      "languageWorkers__node__arguments",
    ], name) && !startswith(name, "AzureWebJobsStorage")])
    error_message = "bridge_settings must not hold a setting that this configuration writes itself: the storage, event hub, telemetry, mail and Microshare login settings have variables or resources of their own."
  }

  validation {
    condition = alltrue([for name in keys(var.bridge_settings) : !contains([
      "IOT_HUB_CONNECTION_STRING",
      "SINKS",
      "WEBHOOK",
      "WEBHOOK_SECRET",
      "WEBHOOK_SINK",
    ], name)]) || (var.webhook_enabled == false && var.operational_topic_enabled == false && var.iot_hub_enabled == false && var.hub_per_type_enabled == false)
    error_message = "bridge_settings must not hold SINKS or settings of the webhook beside webhook_enabled, operational_topic_enabled, iot_hub_enabled or hub_per_type_enabled, which write them: choose one way."
  }

  validation {
    condition     = alltrue([for value in values(var.bridge_settings) : !can(regex("(SharedAccessKey|AccountKey|InstrumentationKey)=", value))])
    error_message = "bridge_settings must not hold keys: they would stand in the Terraform state. Put the value into the key vault and give @Microsoft.KeyVault(SecretUri=...)."
  }

  validation {
    condition = alltrue([for name, value in var.bridge_settings : !contains([
      "HOST_FUNCTION_KEY",
      "NOTIFY_CONNECTION_STRING",
      "OTEL_EXPORTER_OTLP_HEADERS",
      "WEBHOOK_SECRET",
      "WEBHOOK_SECRET_OLD",
    ], name) || startswith(value, "@Microsoft.KeyVault(")])
    error_message = "HOST_FUNCTION_KEY, NOTIFY_CONNECTION_STRING, OTEL_EXPORTER_OTLP_HEADERS, WEBHOOK_SECRET and WEBHOOK_SECRET_OLD in bridge_settings are secrets: put them into the key vault and give @Microsoft.KeyVault(SecretUri=...)."
  }

  validation {
    condition     = alltrue([for name, value in var.bridge_settings : name != "HTTPS_PROXY" || startswith(value, "@Microsoft.KeyVault(") || !can(regex("@", value))])
    error_message = "HTTPS_PROXY in bridge_settings holds a user name or password: put it into the key vault and give @Microsoft.KeyVault(SecretUri=...)."
  }
}

variable "instance_memory_mb" {
  type        = number
  description = "Memory of one instance in MB. The least of 512 carries the bridge, whose memory does not grow with the backlog; 2048 is the platform's own default."
  default     = 2048
  nullable    = false

  validation {
    condition     = contains([512, 2048, 4096], var.instance_memory_mb)
    error_message = "instance_memory_mb must be 512, 2048 or 4096."
  }
}

variable "maximum_instance_count" {
  type        = number
  description = "Most instances the platform may start. The timer runs on one at a time; 40 is the least that older versions of the platform accept."
  default     = 40
  nullable    = false

  validation {
    condition     = var.maximum_instance_count >= 1 && var.maximum_instance_count <= 1000 && floor(var.maximum_instance_count) == var.maximum_instance_count
    error_message = "maximum_instance_count must be a whole number from 1 to 1000."
  }
}

# Event Hubs

variable "event_hub_name" {
  type        = string
  description = "Name of the event hub."
  default     = "microshare"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$", var.event_hub_name))
    error_message = "event_hub_name must be 1 to 256 letters, digits, full stops, hyphens and underscores, and begin and end with a letter or digit."
  }
}

variable "event_hub_sku" {
  type        = string
  description = "Tier of the namespace: Standard or Premium. Basic has no consumer groups besides the default one, takes events up to 256 KiB only and keeps them for a day."
  default     = "Standard"
  nullable    = false

  validation {
    condition     = contains(["Standard", "Premium"], var.event_hub_sku)
    error_message = "event_hub_sku must be Standard or Premium."
  }
}

variable "event_hub_capacity" {
  type        = number
  description = "Throughput units (Standard, 1 to 40) or processing units (Premium: 1, 2, 4, 6, 8, 10, 12 or 16)."
  default     = 1
  nullable    = false

  validation {
    condition     = var.event_hub_sku == "Premium" ? contains([1, 2, 4, 6, 8, 10, 12, 16], var.event_hub_capacity) : var.event_hub_capacity >= 1 && var.event_hub_capacity <= 40 && floor(var.event_hub_capacity) == var.event_hub_capacity
    error_message = "event_hub_capacity must be a whole number from 1 to 40 for Standard, and 1, 2, 4, 6, 8, 10, 12 or 16 for Premium."
  }
}

variable "event_hub_maximum_throughput_units" {
  type        = number
  description = "Up to how many throughput units the namespace may grow by itself (Standard only); 0 keeps it at event_hub_capacity."
  default     = 0
  nullable    = false

  validation {
    condition     = var.event_hub_maximum_throughput_units == 0 || (var.event_hub_sku == "Standard" && var.event_hub_maximum_throughput_units >= var.event_hub_capacity && var.event_hub_maximum_throughput_units <= 40)
    error_message = "event_hub_maximum_throughput_units must be 0, or for Standard a number from event_hub_capacity to 40."
  }
}

variable "event_hub_partition_count" {
  type        = number
  description = "Partitions of the hub. Fixed for ever on Standard. Order is kept per device within its partition, so more partitions mean more consumers at the same time."
  default     = 4
  nullable    = false

  validation {
    condition     = var.event_hub_partition_count >= 1 && var.event_hub_partition_count <= 32 && floor(var.event_hub_partition_count) == var.event_hub_partition_count
    error_message = "event_hub_partition_count must be a whole number from 1 to 32."
  }
}

variable "event_hub_retention_hours" {
  type        = number
  description = "How many hours the hub keeps an event. A run that comes after a crash reads back what arrived since: with less than 24 hours a longer outage would leave that unknown."
  default     = 168
  nullable    = false

  validation {
    condition     = var.event_hub_retention_hours >= 24 && var.event_hub_retention_hours <= (var.event_hub_sku == "Premium" ? 2160 : 168)
    error_message = "event_hub_retention_hours must be 24 to 168 for Standard and 24 to 2160 for Premium."
  }
}

# Storage, vault, network

variable "storage_replication_type" {
  type        = string
  description = "Copies of the storage account: LRS (one data centre), ZRS (three zones), GRS or GZRS (a second region)."
  default     = "LRS"
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS"], var.storage_replication_type)
    error_message = "storage_replication_type must be LRS, ZRS, GRS or GZRS."
  }
}

variable "key_vault_purge_protection_enabled" {
  type        = bool
  description = "Whether a deleted vault and its secrets stay recoverable until the retention is over, whoever asks otherwise. Cannot be switched off again."
  default     = true
  nullable    = false
}

variable "public_network_access_enabled" {
  type        = bool
  description = "Whether storage, event hub and vault can be reached from public networks, always with an Entra ID login and never with a key. False needs network_enabled, or private endpoints that you provide yourself."
  default     = true
  nullable    = false
}

variable "app_allowed_ip_ranges" {
  type        = list(string)
  description = "From where the app and the site it is published through can be reached, as CIDR ranges; name at least where you publish from. Empty: from anywhere. Without webhook and e-mail the app has no HTTP functions; its administration asks for a key, and publishing asks for an Entra ID login."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for range in var.app_allowed_ip_ranges : can(cidrhost(range, 0))])
    error_message = "app_allowed_ip_ranges must be CIDR ranges, such as 203.0.113.0/24."
  }
}

variable "secret_officer_object_ids" {
  type        = list(string)
  description = "Object ids of those who may enter the Microshare secrets into the vault; your own: `az ad signed-in-user show --query id --output tsv`. Empty: nobody but who has the right from elsewhere."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.secret_officer_object_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "secret_officer_object_ids must be object ids of users, groups or service principals, in lower case."
  }
}

# Logs and alerts

variable "log_retention_days" {
  type        = number
  description = "How many days logs are kept."
  default     = 30
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "log_retention_days must be 30 to 730."
  }
}

variable "log_daily_cap_gb" {
  type        = number
  description = "Most GB of logs a day; what comes later that day is lost, alerts included. -1: no cap."
  default     = 1
  nullable    = false

  validation {
    condition     = var.log_daily_cap_gb == -1 || var.log_daily_cap_gb >= 0.1
    error_message = "log_daily_cap_gb must be -1 (no cap) or at least 0.1."
  }
}

variable "alerts_enabled" {
  type        = bool
  description = "Whether the alert rules are evaluated. Switch them off for the first hours of a large backfill."
  default     = true
  nullable    = false
}

variable "alert_email_addresses" {
  type        = list(string)
  description = "Who gets an e-mail when an alert fires. Empty: alerts are seen in Azure only."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_email_addresses : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_email_addresses must be e-mail addresses."
  }
}

variable "alert_webhook_urls" {
  type        = map(string)
  description = "Webhooks that alerts are posted to in the common alert schema: name and https URL. A URL with a secret in it would stand in the state: use an address that needs none."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for url in values(var.alert_webhook_urls) : startswith(url, "https://")])
    error_message = "alert_webhook_urls must be https URLs."
  }
}

variable "watermark_lag_minutes" {
  type        = number
  description = "How many minutes a route may lie behind before it is an alert. For hourly runs a lag of somewhat more than an hour is normal. The alert reads the summary lines: with LOG_LEVEL above info it sees too few of them and fires for nothing."
  default     = 180
  nullable    = false

  validation {
    condition     = var.watermark_lag_minutes >= 5 && var.watermark_lag_minutes <= 10080
    error_message = "watermark_lag_minutes must be 5 to 10080 (a week)."
  }
}

variable "no_run_window" {
  type        = string
  description = "How long without any run is an alert, as an ISO 8601 duration; at least twice the time between two runs of POLL_SCHEDULE. Between setting up and the first run the alert fires as well."
  default     = "PT3H"
  nullable    = false

  validation {
    condition     = contains(["PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D", "P2D"], var.no_run_window)
    error_message = "no_run_window must be PT30M, PT45M, PT1H, PT2H, PT3H, PT4H, PT5H, PT6H, P1D or P2D: Azure knows no others."
  }
}
