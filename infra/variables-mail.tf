# What may be chosen of e-mail. With mail_enabled = false nothing of it exists.

variable "mail_enabled" {
  type        = bool
  description = "Whether the app may send e-mail: makes a Communication Services resource with an e-mail domain, and switches the functions notification and mail on."
  default     = false
  nullable    = false
}

variable "mail_allowed_recipients" {
  type        = list(string)
  description = "Addresses and domains that may be written to, such as ops@example.com or example.org. Needed with mail_enabled."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for entry in var.mail_allowed_recipients : can(regex("^([A-Za-z0-9_'+.-]+@)?([A-Za-z0-9-]+[.])+[A-Za-z0-9-]{2,}$", entry))])
    error_message = "mail_allowed_recipients must be e-mail addresses and domains, without wildcards."
  }

  validation {
    condition     = length(var.mail_allowed_recipients) > 0 || var.mail_enabled == false
    error_message = "mail_allowed_recipients must name somebody when mail_enabled = true."
  }
}

variable "mail_domain" {
  type        = string
  description = "Domain that mails come from, best a subdomain such as notify.example.com. Null: one that Azure makes and manages, ready at once, with at most 5 mails a minute and 10 an hour."
  default     = null

  validation {
    condition     = var.mail_domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}$", var.mail_domain))
    error_message = "mail_domain must be a domain in lower case, such as notify.example.com."
  }
}

variable "mail_domain_verified" {
  type        = bool
  description = "Whether the DNS records of mail_domain are entered and verified (DEPLOYMENT.md). Azure links a domain only then."
  default     = false
  nullable    = false

  validation {
    condition     = !var.mail_domain_verified || var.mail_domain != null
    error_message = "mail_domain_verified is for a mail_domain of your own."
  }
}

variable "mail_sender" {
  type        = string
  description = "What stands before the @ of the sender. A managed domain has donotreply only; others are added in the portal first."
  default     = "donotreply"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]$", var.mail_sender))
    error_message = "mail_sender must be 2 to 64 lower-case letters, digits, full stops, hyphens and underscores."
  }
}

variable "mail_data_location" {
  type        = string
  description = "Where the mail service keeps its data at rest. Fixed for ever."
  default     = "Europe"
  nullable    = false

  validation {
    condition     = contains(["Africa", "Asia Pacific", "Australia", "Brazil", "Canada", "Europe", "France", "Germany", "India", "Japan", "Korea", "Norway", "Switzerland", "UAE", "UK", "United States"], var.mail_data_location)
    error_message = "mail_data_location must be one of the locations of Communication Services, such as Europe, Japan or United States."
  }
}
