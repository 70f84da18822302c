// Copies of infra/ in which e-mail is wired wrongly, or given more rights than it needs.
import type { Break } from "./break.ts";

const module = "modules/mail/main.tf";

export const mail: readonly Break[] = [
  {
    what: "a right to mail on the domain as well",
    file: module,
    from: /scope( +)= azurerm_communication_service.this.id/,
    to: "scope$1= azurerm_email_communication_service.this.id",
    complaint: "reaches further than one resource",
  },
  {
    what: "an app that starts before it may send",
    file: "main.tf",
    from: "depends_on = [module.access, module.mail, module.service_bus, module.container_registry]",
    to: "depends_on = [module.access]",
    complaint: "module.function_app does not wait for module.mail",
  },
  {
    what: "mails that watch their readers",
    file: module,
    from: "user_engagement_tracking_enabled = false",
    to: "user_engagement_tracking_enabled = true",
    complaint: "user_engagement_tracking_enabled must be false",
  },
  {
    what: "a key of the service in an output",
    file: "modules/mail/outputs.tf",
    from: "azurerm_communication_service.this.hostname",
    to: "azurerm_communication_service.this.primary_key",
    complaint: "is not an attribute of it, or one that holds a key",
  },
  {
    what: "a sender that is no address",
    file: "mail.tf",
    from: '"${var.mail_sender}@${module.mail["this"].sender_domain}"',
    to: '"${var.mail_sender} at ${module.mail["this"].sender_domain}"',
    complaint: "NOTIFY_SENDER is not an e-mail address",
  },
];
