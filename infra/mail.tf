# E-mail, for notices and for the function `notification`. With it not chosen nothing of it exists.
module "mail" {
  source   = "./modules/mail"
  for_each = toset(var.mail_enabled ? ["this"] : [])

  name                = "${local.name}-${local.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  data_location       = var.mail_data_location
  domain              = var.mail_domain
  linked              = local.mail_ready
  principal_id        = module.identity.principal_id
  tags                = local.tags
}

locals {
  # A domain of your own has to be verified by its DNS records first; until then the app is not told to send.
  mail_ready = var.mail_enabled && (var.mail_domain == null || var.mail_domain_verified)

  mail_settings = local.mail_ready ? {
    NOTIFY                    = "on"
    NOTIFY_ENDPOINT           = module.mail["this"].endpoint
    NOTIFY_SENDER             = "${var.mail_sender}@${module.mail["this"].sender_domain}"
    NOTIFY_ALLOWED_RECIPIENTS = join(",", var.mail_allowed_recipients)
  } : {}
}
