# Outputs of the module.
output "endpoint" {
  description = "Address of the service, for NOTIFY_ENDPOINT."
  value       = "https://${azurerm_communication_service.this.hostname}"
}

output "sender_domain" {
  description = "The domain of senders."
  value       = azurerm_email_communication_service_domain.this.from_sender_domain
}

output "verification_records" {
  description = "DNS records that prove and protect a domain of your own."
  value       = azurerm_email_communication_service_domain.this.verification_records
}
