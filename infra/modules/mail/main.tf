# E-mail: the service, the domain that mails come from, and the app's right to send.
resource "azurerm_communication_service" "this" {
  name                = "acs-${var.name}"
  resource_group_name = var.resource_group_name
  data_location       = var.data_location
  tags                = var.tags
}

resource "azurerm_email_communication_service" "this" {
  name                = "acsmail-${var.name}"
  resource_group_name = var.resource_group_name
  data_location       = var.data_location
  tags                = var.tags
}

resource "azurerm_email_communication_service_domain" "this" {
  name              = var.domain == null ? "AzureManagedDomain" : var.domain
  email_service_id  = azurerm_email_communication_service.this.id
  domain_management = var.domain == null ? "AzureManaged" : "CustomerManaged"

  # No pixel in mails and no rewritten links: nobody is watched.
  user_engagement_tracking_enabled = false

  tags = var.tags
}

# Azure links a domain only once it is verified.
resource "azurerm_communication_service_email_domain_association" "this" {
  for_each = toset(var.linked ? ["this"] : [])

  communication_service_id = azurerm_communication_service.this.id
  email_service_domain_id  = azurerm_email_communication_service_domain.this.id
}

# Sending as the app itself, without a key. No built-in role of the service is narrower, and it is said to honour no custom
# ones: this one also manages the resource and reads its keys. So it is given on this resource alone, which does nothing but mail.
resource "azurerm_role_assignment" "mail_send" {
  scope                = azurerm_communication_service.this.id
  role_definition_name = "Communication and Email Service Owner"
  principal_id         = var.principal_id
  principal_type       = "ServicePrincipal"
}
