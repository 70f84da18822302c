// Settings of e-mail notifications.
import { httpsUrl, oneOf, parsedBy, wholeNumber } from "./formats.ts";
import { mailConnectionString, recipientList } from "./mail-formats.ts";
import { mailAddress } from "../mail-address.ts";
import { settings } from "./setting.ts";

const group = "Notifications";

const sender = parsedBy((text) => {
  const address = mailAddress(text);
  return address === undefined ? { problem: "is not an e-mail address" } : { value: address };
});

export const notifySettings = settings({
  NOTIFY: {
    group,
    schema: oneOf(["off", "on"]),
    default: "off",
    format: "`off` or `on`",
    example: "on",
    reason:
      "With `on` the app sends e-mail: the functions `notification` and `mail` are registered, and the settings of this table needed. With `off` nothing of it is loaded.",
  },
  NOTIFY_CONNECTION_STRING: {
    group,
    schema: mailConnectionString,
    format: "a connection string of a Communication Services resource: endpoint=https://HOST/;accesskey=KEY",
    example: "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/mail)",
    secret: true,
    reason: "The mail service, with a key. Without a key: NOTIFY_ENDPOINT.",
  },
  NOTIFY_ENDPOINT: {
    group,
    schema: httpsUrl,
    format: "an https URL",
    example: "https://acs-example.communication.azure.com",
    reason:
      "The Communication Services resource, reached with the app's identity instead of a connection string. AZURE_CLIENT_ID names a user-assigned one.",
  },
  NOTIFY_SENDER: {
    group,
    schema: sender,
    format: "an e-mail address, a MailFrom address of a domain that is linked to the resource",
    example: "donotreply@example.com",
    reason: "Who the mails are from.",
  },
  NOTIFY_ALLOWED_RECIPIENTS: {
    group,
    schema: recipientList,
    format:
      "e-mail addresses and domains, separated by commas; a domain stands for its mailboxes, not for its subdomains",
    example: "ops@example.com, example.org",
    reason:
      "Who may be written to: without such a list anybody with the function key could write to the world in your name.",
  },
  NOTIFY_MAILS_PER_MINUTE: {
    group,
    schema: wholeNumber(1, 1000),
    default: "5",
    format: "a whole number, 1 to 1000",
    example: "30",
    reason:
      "Most mails sent within a minute. A domain managed by Azure takes 5; a domain of your own takes 30, and more on request.",
  },
  NOTIFY_MAILS_PER_HOUR: {
    group,
    schema: wholeNumber(1, 1000),
    default: "10",
    format: "a whole number, 1 to 1000",
    example: "100",
    reason:
      "Most mails sent within an hour. A domain managed by Azure takes 10; a domain of your own takes 100, and more on request.",
  },
  NOTIFY_REQUESTS_PER_MINUTE: {
    group,
    schema: wholeNumber(1, 600),
    default: "10",
    format: "a whole number, 1 to 600",
    example: "30",
    reason:
      "Requests to the function `notification` that one instance takes within a minute; more are answered with 429.",
  },
});
